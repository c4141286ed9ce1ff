package render

import (
	"fmt"
	"io"
	"strings"

	"mutual/diagnose"
	"mutual/diagnose/chain"
)

// Verification writes for people how a chain from files was judged: the
// verdict, the path as a tree, every fault, and the other paths that were
// tried with the place where each broke.
func Verification(w io.Writer, r *diagnose.Report, o Options) error {
	p := newPage(o)
	if o.Quiet {
		return p.verdict(w, documentOf(r))
	}
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
		p.headline(good, p.g.ok, verified(r, v, side)+except(opinionsOf(r, side)), "")
		if !p.tree(r, side, v.Links) {
			p.blank()
		}
		p.remarks(r)
	}
	if v != nil {
		p.verifiers(r, side)
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

// except says who does not accept what the others do: the verdict is theirs
// too.
func except(opinions []chain.Opinion) string {
	var refuse []string
	for _, o := range opinions {
		if !o.Accepts {
			refuse = append(refuse, diagnose.VerifierName(o.By))
		}
	}
	switch len(refuse) {
	case 0:
		return ""
	case 1:
		return " " + refuse[0] + " refuses it."
	}
	return " " + strings.Join(refuse[:len(refuse)-1], ", ") + " and " + refuse[len(refuse)-1] + " refuse it."
}

func opinionsOf(r *diagnose.Report, side diagnose.Side) []chain.Opinion {
	if side == diagnose.ClientSide {
		return r.Verifiers.Client
	}
	return r.Verifiers.Server
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

// verifiers writes what each family of programs says of the chain: one line
// where all are of one mind, else a line each.
func (p *page) verifiers(r *diagnose.Report, side diagnose.Side) {
	opinions := opinionsOf(r, side)
	if len(opinions) == 0 {
		return
	}
	var names []string
	refused, qualified := 0, false
	for _, o := range opinions {
		names = append(names, diagnose.VerifierName(o.By))
		qualified = qualified || o.Says != "" || o.Unsure
		if !o.Accepts {
			refused++
		}
	}
	p.blank()
	all := strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
	switch {
	case refused == 0 && !qualified:
		p.labelled("accepts", all)
		return
	case refused == len(opinions):
		p.labelled("refuses", all)
		return
	}
	for i, o := range opinions {
		label, text := "accepts", names[i]
		if !o.Accepts {
			label = "refuses"
		}
		if o.Says != "" {
			text += ": " + o.Says
		}
		if o.Unsure {
			text += " (but for a signature of a kind that could not be checked here)"
		}
		p.labelled(label, text)
	}
}
