package diagnose

import (
	"cmp"
	"crypto/x509"
	"maps"
	"slices"

	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
)

// Examination is facts together with what the judge of chains says of them,
// which every rule may need and none computes for itself. Its fields are not
// to be changed.
type Examination struct {
	*Facts
	server, client *chain.Verdict // nil where no chain was seen
	rejection      *rejection     // what the chains leave open of a refusal, or nil
}

// Judge examines the chains of both sides. It keeps f, and changes nothing.
func Judge(f *Facts) *Examination {
	server, client := f.serverQuestion(), f.clientQuestion()
	server.Others, client.Others = f.asksOthers(server), f.asksOthers(client)
	x := &Examination{Facts: f, server: chain.Judge(server), client: chain.Judge(client)}
	x.promote()
	if x.rejection = x.reject(); x.rejection == nil && f.View == SeenBetween {
		x.rejection = x.overheard()
	}
	return x
}

// Chain is the judgement of that side's chain, or nil where none was seen.
func (f *Examination) Chain(side Side) *chain.Verdict {
	if side == ClientSide {
		return f.client
	}
	return f.server
}

func (f *Facts) serverQuestion() chain.Question {
	q := f.question(ServerSide)
	switch {
	case f.View == SeenInFiles && f.filesPurpose() != ServerSide:
	case f.View == SeenInFiles:
		q.Path, q.Sent, q.Trust, q.AllCRLs = "identity", f.Identity, f.Trust, true
		q.Issuer = f.Purpose == PurposeCA || f.Purpose == PurposeBundle
	case f.View == SeenByServer:
		// The server itself cannot know by what the client judges.
		q.Path, q.Sent = "chains.server", f.Chains.Server
		if len(q.Sent) == 0 {
			q.Path, q.Sent = "identity", f.Identity
		}
		q.Name = ""
	default:
		q.Path, q.Sent, q.Trust = "chains.server", f.Chains.Server, f.Trust
		if f.View == SeenBetween {
			// Where the client sent no name, the one it checks is not known.
			q.Name = f.Target.ServerName
		}
		if c := f.Connection; c != nil {
			q.Staple, q.Stapling = c.OCSPStaple, !c.Resumed
		}
	}
	return q
}

func (f *Facts) clientQuestion() chain.Question {
	q := f.question(ClientSide)
	q.Name, q.Trust, q.TrustPath = "", f.ClientTrust, "client_trust"
	switch f.View {
	case SeenInFiles:
		if f.filesPurpose() == ClientSide {
			q.Path, q.Sent, q.AllCRLs = "identity", f.Identity, true
			if q.Trust == nil {
				q.Trust, q.TrustPath = f.Trust, "trust"
			}
		}
	case SeenByServer:
		q.Path, q.Sent = "chains.client", f.Chains.Client
	default:
		q.AllCRLs = q.AllCRLs || len(f.CRLs) > 0 && f.refusedClient()
		if q.Trust == nil && f.Trust != nil {
			q.AtHand = f.Trust.Anchors
		}
		q.Path, q.Sent = "identity", f.Identity
		if len(f.Chains.Client) > 0 && !sameCertificates(f.Chains.Client, f.Identity) {
			q.Path, q.Sent = "chains.client", f.Chains.Client
		}
	}
	return q
}

func (f *Facts) question(side Side) chain.Question {
	q := chain.Question{Side: side, Known: f.Known, Now: f.Time, CRLs: f.CRLs, Level: f.Level}
	q.Name, q.NamePath = f.Target.ServerName, "target.server_name"
	if q.Name == "" {
		q.Name, q.NamePath = f.Target.Host, "target.host"
	}
	return q
}

// Further values of Facts.Purpose: PurposeCA has the certificate of a CA judged
// by itself, PurposeBundle as one of several, of which the others may be sound.
const (
	PurposeCA     Side = "ca"
	PurposeBundle Side = "ca-bundle"
)

// filesPurpose is the side that files are judged as: the one asked for, else
// the one that the leaf is made for.
func (f *Facts) filesPurpose() Side {
	if f.Purpose == PurposeCA || f.Purpose == PurposeBundle {
		return ServerSide
	}
	if f.Purpose != "" || len(f.Identity) == 0 {
		return cmp.Or(f.Purpose, ServerSide)
	}
	usage := f.Identity[0].ExtKeyUsage
	if slices.Contains(usage, x509.ExtKeyUsageClientAuth.String()) && !slices.Contains(usage, x509.ExtKeyUsageServerAuth.String()) {
		return ClientSide
	}
	return ServerSide
}

func sameCertificates(a, b []*Certificate) bool {
	return slices.EqualFunc(a, b, func(x, y *Certificate) bool { return x.SHA256 == y.SHA256 })
}

// faultsOn finds that fault in one side's chain.
func faultsOn(side Side, code Code) func(*Examination) []Match {
	return func(f *Examination) []Match {
		v := f.Chain(side)
		if v == nil {
			return nil
		}
		var found []Match
		for _, fault := range v.Faults {
			if fault.Code == code {
				found = append(found, f.match(side, fault))
			}
		}
		return found
	}
}

// faults finds that fault in either side's chain.
func faults(code Code) func(*Examination) []Match {
	return func(f *Examination) []Match {
		return append(faultsOn(ServerSide, code)(f), faultsOn(ClientSide, code)(f)...)
	}
}

// match makes a fault a rule's match. A fault that the other side was seen to
// put up with is a warning.
func (f *Examination) match(side Side, fault chain.Fault) Match {
	m := Match{Side: side, Severity: fault.Severity, Basis: fault.Basis, Depth: fault.Depth, Evidence: fault.Evidence,
		Title: fault.Title, Vars: map[string]string{"party": string(side)}, Candidates: fault.Candidates, Settle: fault.Settle}
	m.Vars["holder"] = f.holder(side)
	maps.Copy(m.Vars, fault.Vars)
	if fault.By != "" {
		if m.Basis == Inferred {
			m.Candidates, m.Settle = []Code{cause.ClientCAUntrustedByServer, cause.ClientCertRevoked}, f.settle()
		}
		return m
	}
	if !fault.Breaks() {
		return m
	}
	if severity, ok := f.bySomeVerifiers(side); ok {
		m.Severity = severity
		m.Evidence = append(slices.Clone(m.Evidence), f.verdicts(side))
		return m
	}
	if f.View == SeenInFiles && f.Trust == nil && f.ClientTrust == nil && fault.Basis == Inferred {
		m.Severity = Warning // by nobody's trust, a guess is no more than that
	}
	if side == ClientSide && f.clientTolerated() || side == ServerSide && f.serverTolerated() {
		m.Severity = Warning
	}
	return m
}

// clientTolerated: the server let this certificate pass, or never asked, or
// has finished the handshake and said nothing against it.
func (f *Examination) clientTolerated() bool {
	if f.View == SeenBetween {
		return !f.clientRefused()
	}
	a := f.ClientAuth
	return a != nil && (a.Verdict == cause.VerdictAccepted || (!a.Requested || a.Established == cause.HandshakeOnly && a.Verdict == cause.VerdictUnknown) && f.Worked())
}

// serverTolerated: these are not the client's eyes, and it took the server's
// certificate without a word. Of a bundle, what one CA lacks others have.
func (f *Examination) serverTolerated() bool {
	switch f.View {
	case SeenByServer:
	case SeenBetween:
		return !f.serverRefused()
	default:
		return f.Purpose == PurposeBundle
	}
	if len(f.Attempts) == 0 {
		return true
	}
	a := f.Attempts[0].Alert
	return a == nil || a.From != ClientSide
}

// holder is the name by which that side's certificate is issued anew.
func (f *Examination) holder(side Side) string {
	if side == ServerSide {
		return cmp.Or(f.Target.ServerName, f.Target.Host, "localhost")
	}
	if v := f.Chain(side); v != nil && len(v.Path) > 0 {
		if cn := chain.SubjectCN(v.Path[0]); cn != "" {
			return cn
		}
	}
	return "client"
}
