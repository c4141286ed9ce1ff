package roots

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mutual/diagnose"
)

// The reasons why a Gate refuses a caller whose chain may be sound.
var (
	// ErrStranger: the chain leads to a pinned root, but the name is another.
	ErrStranger = errors.New("the certificate is not the expected caller's")
	// ErrEnded: the caller's profile has ended.
	ErrEnded = errors.New("the certificate belongs to a profile that has ended")
)

// Gate decides by one or more profiles who may come in. Root, chain and
// identity of one profile have to fit together: a name of one profile under a
// root of another is refused. A Gate is safe for concurrent use.
type Gate struct {
	members  []member
	warnings []string
}

type member struct {
	Profile
	pool *x509.CertPool
	Pool
}

// NewGate prepares the profiles. It refuses a profile that names no identity.
func NewGate(profiles []Profile, store Store, now time.Time) (*Gate, error) {
	g := &Gate{}
	for _, p := range profiles {
		if p.Identity == (Identity{}) {
			return nil, fmt.Errorf("the profile %s is for connections that you make: it holds public CAs, which issue to anybody, "+
				"and cannot tell who calls you; use dialogflow for ES, dialogflow-cx for CX", p.Name)
		}
		pool, err := p.Pool(store, now)
		if err != nil {
			return nil, err
		}
		m := member{Profile: p, Pool: pool, pool: x509.NewCertPool()}
		for _, c := range pool.Anchors {
			m.pool.AddCert(c)
		}
		g.members = append(g.members, m)
		g.warnings = append(g.warnings, g.advice(profiles, pool.Warnings)...)
	}
	if len(g.members) == 0 {
		return nil, errors.New("no profile of roots is named")
	}
	return g, nil
}

// advice drops what has been said, and the advice to add what is there.
func (g *Gate) advice(profiles []Profile, warnings []string) []string {
	var out []string
	for _, w := range warnings {
		if slices.Contains(g.warnings, w) {
			continue
		}
		for _, p := range profiles {
			w = strings.Replace(w, ": use "+p.Name+",", ": keep "+p.Name+",", 1)
			if before, aside, ok := strings.Cut(w, "; "); ok && strings.HasSuffix(aside, " use "+p.Name) {
				w = before
			}
		}
		out = append(out, w)
	}
	return out
}

// Names is the list as --roots takes it.
func (g *Gate) Names() string {
	var names []string
	for _, m := range g.members {
		names = append(names, m.Name)
	}
	return strings.Join(names, ",")
}

// Warnings are for the operator, at the start.
func (g *Gate) Warnings() []string { return slices.Clone(g.warnings) }

// From says where the roots come from.
func (g *Gate) From() string {
	var from []string
	for _, m := range g.members {
		if !slices.Contains(from, m.From) {
			from = append(from, m.From)
		}
	}
	return strings.Join(from, ", ")
}

// Anchors are the roots of all profiles, for tls.Config.ClientCAs. Those of an
// ended profile are among them, so that its caller is refused by name.
func (g *Gate) Anchors() []*x509.Certificate {
	var out []*x509.Certificate
	for _, m := range g.members {
		for _, c := range m.Anchors {
			if !slices.ContainsFunc(out, c.Equal) {
				out = append(out, c)
			}
		}
	}
	return out
}

// Rules are the identities in words, for diagnose.Authorization.
func (g *Gate) Rules() []string {
	var out []string
	for _, m := range g.members {
		out = append(out, m.Identity.String()+" under "+m.Name)
	}
	return out
}

// Facts are the profiles in effect, for diagnose.Facts.Roots.
func (g *Gate) Facts() *diagnose.PinnedRoots {
	f := &diagnose.PinnedRoots{Enforced: true}
	for _, m := range g.members {
		p := m.Profile.Facts()
		for _, c := range m.Anchors { // accepted updates count too
			if !slices.Contains(p.Pins, SPKI(c)) {
				p.Pins = append(p.Pins, SPKI(c))
			}
		}
		f.Profiles = append(f.Profiles, p)
	}
	return f
}

// Keys are the public keys of all roots of the profiles, as diagnose.Facts
// and observe.ServeConfig want them: also of those that are out of use, for a
// pinned root lets in by its profile or not at all.
func (g *Gate) Keys() []string {
	var out []string
	for _, p := range g.Facts().Profiles {
		for _, key := range p.Pins {
			if !slices.Contains(out, key) {
				out = append(out, key)
			}
		}
	}
	return out
}

// Admit judges a caller by the certificates it sent, leaf first, and returns
// the profile and the root by which it comes in. The chain has to lead to one
// of that profile's roots with what was sent, for client authentication, at the
// time now. The error is or wraps ErrStranger or ErrEnded where the chain
// itself is sound, else crypto/x509's.
func (g *Gate) Admit(sent []*x509.Certificate, now time.Time) (diagnose.Admission, error) {
	if len(sent) == 0 {
		return diagnose.Admission{}, errors.New("the caller sent no certificate")
	}
	between := x509.NewCertPool()
	for _, c := range sent[1:] {
		between.AddCert(c)
	}
	var refusal error
	for _, m := range g.members {
		chains, err := sent[0].Verify(x509.VerifyOptions{
			Roots: m.pool, Intermediates: between, CurrentTime: now,
			KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		})
		switch {
		case err != nil:
		case !m.Identity.Match(sent[0]):
			err = fmt.Errorf("%w: %s has to be %s", ErrStranger, m.Name, m.Identity)
		case m.Ended(now):
			err = fmt.Errorf("%w: %s ended on %s, use %s", ErrEnded, m.Name, day(m.Until), m.Instead)
			if m.Aside != "" {
				err = fmt.Errorf("%w; %s", err, m.Aside)
			}
		default:
			return m.admission(chains), nil
		}
		if refusal == nil || graver(err, refusal) {
			refusal = err
		}
	}
	return diagnose.Admission{}, refusal
}

// admission names the root of the chains by which the caller comes in, a
// pinned one before one that was accepted.
func (m *member) admission(chains [][]*x509.Certificate) diagnose.Admission {
	a := diagnose.Admission{Profile: m.Name}
	for _, chain := range chains {
		root := chain[len(chain)-1]
		if pin, ok := m.pinFor(SPKI(root)); ok {
			a.Root, a.RootAccepted = pin.Name, false
			break
		}
		a.Root, a.RootAccepted = rootName(root), true
	}
	return a
}

// graver reports whether a says more than b of a caller whom several profiles
// refuse: one that knows the chain says more than one that does not.
func graver(a, b error) bool {
	rank := func(err error) int {
		var unknown x509.UnknownAuthorityError
		switch {
		case errors.Is(err, ErrEnded):
			return 3
		case errors.Is(err, ErrStranger):
			return 2
		case !errors.As(err, &unknown):
			return 1
		}
		return 0
	}
	return rank(a) > rank(b)
}

func day(t time.Time) string { return t.UTC().Format("2 January 2006") }

// days writes a span in whole days, begun ones counted.
func days(d time.Duration) string {
	n := int((d + 24*time.Hour - 1) / (24 * time.Hour))
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}
