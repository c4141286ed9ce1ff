package render

import (
	"fmt"
	"io"

	"mutual/diagnose"
	"mutual/diagnose/chain"
)

// Verification writes for people how a chain from files was judged: the
// verdict, the path as a tree, every fault, and the other paths that were
// tried with the place where each broke.
func Verification(w io.Writer, r *diagnose.Report, o Options) error {
	p := newPage(o)
	side := diagnose.ServerSide
	v := r.Chain(side)
	if v == nil {
		side = diagnose.ClientSide
		v = r.Chain(side)
	}
	switch {
	case r.RootCause() != nil || v == nil:
		p.report(r)
	default:
		p.headline(good, p.g.ok, verified(r, v, side), "")
		if !p.tree(r, side, v.Links) {
			p.blank()
		}
		p.remarks(r)
	}
	if v != nil {
		p.triedPaths(r, v, side)
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

func verified(r *diagnose.Report, v *chain.Verdict, side diagnose.Side) string {
	text := shortName(v.Path[0]) + " is valid as a " + string(side) + "'s certificate"
	if r.Target.ServerName != "" && side == diagnose.ServerSide {
		text += " for " + r.Target.ServerName
	}
	if n := len(v.Path); n > 1 && v.Trusted {
		return text + ", trusted through " + shortName(v.Path[n-1]) + "."
	}
	if v.Trusted {
		return text + ", trusted itself."
	}
	return text + "."
}

// triedPaths writes the paths that the verdict is not about, one a paragraph.
func (p *page) triedPaths(r *diagnose.Report, v *chain.Verdict, side diagnose.Side) {
	for i, links := range v.Tried {
		p.blank()
		p.labelled("path", fmt.Sprintf("%d of %d more that were tried:", i+1, len(v.Tried)))
		for _, l := range links {
			text := linkName(l) + ", " + p.linkWords(r, side, l)
			if l.Broken {
				text += ": breaks here"
				for _, code := range l.Faults {
					text += " (" + string(code) + ")"
				}
			}
			p.labelled("", text)
		}
	}
}
