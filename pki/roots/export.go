package roots

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"mutual/pki"
)

// Form is a file format for trust stores.
type Form string

// The forms of an export.
const (
	PEM    Form = "pem"    // nginx, Apache, HAProxy, Go, Node, Python
	PKCS12 Form = "pkcs12" // a Java trust store
	JSON   Form = "json"
)

// Export writes the profiles' roots as one file, and the warnings that go
// with them. password protects a PKCS12 from damage, not from readers: there
// is no secret in it.
func Export(profiles []Profile, store Store, now time.Time, form Form, password string) (data []byte, warnings []string, err error) {
	var out exported
	for _, p := range profiles {
		pool, err := p.Pool(store, now)
		if err != nil {
			return nil, nil, err
		}
		for _, w := range pool.Warnings {
			if !slices.Contains(warnings, w) {
				warnings = append(warnings, w)
			}
		}
		out.add(p, pool)
	}
	switch form {
	case PEM:
		return out.pem(), warnings, nil
	case PKCS12:
		data, err := out.pkcs12(password)
		return data, warnings, err
	case JSON:
		data, err := json.MarshalIndent(out.document(), "", "  ")
		return append(data, '\n'), warnings, err
	}
	return nil, nil, fmt.Errorf("no such form: %q", form)
}

// exported gathers the roots, each once.
type exported struct {
	profiles []exportedProfile
	roots    []exportedRoot
}

type exportedProfile struct {
	Name     string   `json:"name"`
	For      string   `json:"for"`
	Identity Identity `json:"identity"`
	Depth    int      `json:"verify_depth,omitempty"`
	Until    string   `json:"until,omitempty"`
	Instead  string   `json:"instead,omitempty"`
	Pins     []string `json:"spki_sha256"`
}

type exportedRoot struct {
	Name     string    `json:"name"`
	Subject  string    `json:"subject"`
	SPKI     string    `json:"spki_sha256"`
	SHA256   string    `json:"sha256"`
	NotAfter time.Time `json:"not_after"`
	Basis    Basis     `json:"basis"`
	PEM      string    `json:"pem"`

	cert *x509.Certificate
}

func (e *exported) add(p Profile, pool Pool) {
	ep := exportedProfile{Name: p.Name, For: p.Title, Identity: p.Identity, Depth: p.Depth, Instead: p.Instead, Pins: []string{}}
	if !p.Until.IsZero() {
		ep.Until = p.Until.Format(time.DateOnly)
	}
	for _, c := range pool.Anchors {
		ep.Pins = append(ep.Pins, SPKI(c))
		known := false
		for _, r := range e.roots {
			known = known || r.cert.Equal(c)
		}
		if !known {
			e.roots = append(e.roots, exportedRoot{Name: rootName(c), Subject: c.Subject.String(), SPKI: SPKI(c),
				SHA256: Fingerprint(c), NotAfter: c.NotAfter.UTC(), Basis: p.basis(c), PEM: string(pki.EncodeCerts(c)), cert: c})
		}
	}
	e.profiles = append(e.profiles, ep)
}

// basis is why the profile trusts one of its roots.
func (p Profile) basis(c *x509.Certificate) Basis {
	if _, ok := p.pinFor(SPKI(c)); ok {
		return Pinned
	}
	if p.admitsPublic(c) {
		return Public
	}
	return Accepted
}

func (e *exported) document() any {
	return struct {
		Schema   string            `json:"schema"`
		Profiles []exportedProfile `json:"profiles"`
		Roots    []exportedRoot    `json:"roots"`
	}{"mutual.roots.export/1", e.profiles, e.roots}
}

func (e *exported) pem() []byte {
	var b bytes.Buffer
	for _, p := range e.profiles {
		fmt.Fprintf(&b, "# %s: %s\n", p.Name, p.For)
		if p.Identity != (Identity{}) {
			fmt.Fprintf(&b, "# The root alone is not enough: the client has to be %s, verify depth %d.\n", p.Identity, p.Depth)
		}
	}
	for _, r := range e.roots {
		by := ""
		if r.Basis == Accepted {
			by = ", not built into mutual and accepted by hand"
		}
		fmt.Fprintf(&b, "\n# %s\n# pin %s, valid until %s%s\n%s", printable(r.Name), r.SPKI, day(r.NotAfter), by, r.PEM)
	}
	return b.Bytes()
}

// pkcs12 makes a store that keytool(1) and the JVM read as trusted entries.
func (e *exported) pkcs12(password string) ([]byte, error) {
	var entries []pkcs12.TrustStoreEntry
	for _, r := range e.roots {
		entries = append(entries, pkcs12.TrustStoreEntry{Cert: r.cert, FriendlyName: strings.ToLower(printable(r.Name))})
	}
	data, err := pkcs12.Modern.EncodeTrustStoreEntries(entries, password)
	if err != nil {
		return nil, fmt.Errorf("encoding the PKCS#12 trust store: %w", err)
	}
	return data, nil
}
