package render

import (
	"slices"
	"strings"

	"mutual/diagnose"
	"mutual/diagnose/chain"
)

// chainSide tells whether a finding is about a chain, and whose.
func chainSide(r *diagnose.Report, f diagnose.Finding) (diagnose.Side, bool) {
	switch f.Stage {
	case diagnose.Chain, diagnose.Revocation, diagnose.Clock:
		if strings.HasPrefix(string(f.Code), "client-") || f.Side == diagnose.ClientSide && f.Stage != diagnose.Clock {
			return diagnose.ClientSide, true
		}
		return diagnose.ServerSide, f.Side == diagnose.ServerSide
	case diagnose.ServerCertificate, diagnose.TrustStore:
		return diagnose.ServerSide, true
	case diagnose.ClientCertificate:
		for _, e := range f.Evidence {
			if strings.HasPrefix(e.Fact, "identity.") || strings.HasPrefix(e.Fact, "chains.client.") || strings.HasPrefix(e.Fact, "client_trust") ||
				strings.HasPrefix(e.Fact, "known.") {
				return diagnose.ClientSide, true
			}
		}
	}
	return "", false
}

// chain draws a chain as a tree, leaf first, each issuer below what it issued,
// with the place marked where it breaks. It reports whether there was a
// tree to draw that breaks somewhere.
func (p *page) chain(r *diagnose.Report, side diagnose.Side) bool {
	links := r.Links(diagnose.ServerSide)
	if side == diagnose.ClientSide {
		links = r.Links(diagnose.ClientSide)
	}
	broken := func(l chain.Link) bool { return l.Broken }
	if !slices.ContainsFunc(links, broken) {
		return false
	}
	return p.tree(r, side, links)
}

// tree draws a chain, whether or not it breaks. It reports whether it is more
// than one certificate.
func (p *page) tree(r *diagnose.Report, side diagnose.Side, links []chain.Link) bool {
	if len(links) < 2 {
		return false
	}
	const most = 40 // columns of names, so that what they are has room
	names := make([]string, len(links))
	column := 0
	for i, l := range links {
		names[i] = p.safe(linkName(l))
		if i > 0 {
			names[i] = strings.Repeat("  ", i-1) + p.g.child + strings.Repeat(" ", 2-Columns(p.g.child)) + names[i]
		}
		if n := Columns(names[i]); n <= most {
			column = max(column, n)
		}
	}
	p.blank()
	for i, l := range links {
		p.link(names[i], column, p.linkWords(r, side, l), l)
	}
	p.blank()
	return true
}

func (p *page) link(name string, column int, words string, l chain.Link) {
	mark := ""
	if l.Broken {
		mark = "  " + p.g.bad + " breaks here"
	}
	at := 2 + column + 2
	if Columns(name) > column { // a long name has the line to itself
		p.line("  " + name)
		name = ""
	}
	room := max(20, p.o.width()-1-at)
	lines := Wrap(p.safe(words), room)
	if len(lines) == 0 {
		lines = []string{""}
	}
	if last := lines[len(lines)-1]; mark != "" && Columns(last)+Columns(mark) > room {
		lines, mark = append(lines, ""), strings.TrimSpace(mark)
	}
	for i, text := range lines {
		if i == len(lines)-1 {
			text += p.paint(bad, mark)
		}
		p.line("  " + name + strings.Repeat(" ", max(0, column-Columns(name))) + "  " + text)
		name = ""
	}
}

func linkName(l chain.Link) string {
	if l.Cert != nil {
		return shortName(l.Cert)
	}
	return shortDN(l.Name)
}

// linkWords says where a certificate of the chain comes from, and what is
// wrong with it.
func (p *page) linkWords(r *diagnose.Report, side diagnose.Side, l chain.Link) string {
	var parts []string
	trust := r.Trust
	if side == diagnose.ClientSide {
		trust = r.ClientTrust
	}
	store := storeName(trust, side)
	switch l.From {
	case "sent":
		parts = append(parts, sentWords(r, side, l))
	case "known":
		switch {
		case l.Cert == nil || !l.Cert.SelfIssued():
			parts = append(parts, "not sent")
		case trust != nil: // a root need not be sent, but trusted
			parts = append(parts, "not in "+store)
		}
		if l.Where != "" {
			parts = append(parts, "found in "+l.Where)
		}
	case "trust store":
		if l.Where != "" {
			store = l.Where
		}
		parts = append(parts, "in "+store)
	case "missing":
		if r.View == diagnose.SeenInFiles {
			parts = append(parts, "not there")
		} else {
			parts = append(parts, "not sent")
		}
		if trust != nil {
			parts = append(parts, "not in "+store)
		}
	default:
		if l.From != "" {
			parts = append(parts, l.From)
		}
	}
	if c := l.Cert; c != nil && c.ParseError == "" && (l.From == "sent" || r.Time.After(c.NotAfter) || r.Time.Before(c.NotBefore)) {
		parts = append(parts, daysLeft(c, r.Time))
	}
	text := strings.Join(parts, ", ")
	var faults []string
	for _, code := range l.Faults {
		faults = append(faults, string(code))
	}
	if len(faults) > 0 && !l.Broken {
		text += " (" + strings.Join(faults, ", ") + ")"
	}
	return text
}

// sentWords says how a certificate of the chain as it was presented came here:
// over the wire, or in a file alone.
func sentWords(r *diagnose.Report, side diagnose.Side, l chain.Link) string {
	file := l.Where
	if file == "" && r.View == diagnose.SeenByClient && side == diagnose.ClientSide {
		file = r.Given.Cert
	}
	onWire := side == diagnose.ServerSide && len(r.Chains.Server) > 0 || side == diagnose.ClientSide && len(r.Chains.Client) > 0
	switch {
	case r.View != diagnose.SeenInFiles && onWire:
		return "sent by the " + string(side)
	case file != "":
		return "in " + file
	}
	return "given"
}

func storeName(t *diagnose.Trust, side diagnose.Side) string {
	switch {
	case t != nil && len(t.Files) == 1:
		return t.Files[0]
	case t != nil && len(t.Files) > 1:
		return "the trust store"
	case t != nil && t.Source == "system":
		return "the system's trust store"
	case t != nil && t.Source == "public":
		return "the public CAs"
	case side == diagnose.ClientSide:
		return "what the server trusts"
	}
	return "the trust store"
}
