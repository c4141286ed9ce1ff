package render

import (
	"fmt"
	"strings"

	"mutual/diagnose"
)

// unexplained writes all that was seen of a failure that no rule knows, and
// how to save it.
func (p *page) unexplained(r *diagnose.Report) {
	p.headline(bad, p.g.bad, headline(r), "unexplained")
	p.labelled("seen", seen(r))
	if len(r.Attempts) > 0 && r.Attempts[0].Error != "" {
		p.labelled("error", r.Attempts[0].Error)
	}
	if c := r.Connection; c != nil {
		p.labelled("agreed", connectionWords(c))
	}
	if len(r.Chains.Server) > 0 {
		p.labelled("server", certificateWords(r, r.Chains.Server[0])+trustWords(r, diagnose.ServerSide))
	}
	if len(r.Chains.Client) > 0 {
		p.labelled("client", certificateWords(r, r.Chains.Client[0]))
	} else if a := r.ClientAuth; a != nil && a.Requested {
		p.labelled("client", "no certificate, though the server asks for one")
	}
	p.accepts(r)
	if h := r.HTTP; h != nil {
		p.labelled("http", strings.TrimSpace(fmt.Sprintf("%d %s", h.Status, shorten(visible(h.Body), 120))))
	}
	p.tried(r)
	if len(r.Handshake) > 0 && !p.o.Trace {
		p.blank()
		p.ladder(r)
		p.blank()
	}
	if r.View == diagnose.SeenByClient && r.Command == "probe" {
		file := "facts-" + r.Time.UTC().Format("20060102-150405") + ".json"
		p.advice("next", diagnose.Steps{
			diagnose.Say("Look into the server's log of this moment, and explain its words:"),
			diagnose.Run("mutual explain '<the line from the log>'"),
			diagnose.Say("Or save what was seen, which holds no key, and pass it on:"),
			diagnose.Run(probeAgain(r) + " --save-facts " + file),
			diagnose.Run("mutual explain --facts " + file),
		})
		return
	}
	p.advice("next", diagnose.Steps{diagnose.Say("Look into the other side's log of this moment, and explain its words:"),
		diagnose.Run("mutual explain '<the line from the log>'")})
}

// probeAgain is the user's own command, as far as the report repeats it.
func probeAgain(r *diagnose.Report) string {
	g := r.Given
	words := []string{"mutual probe"}
	add := func(flag, value string) {
		if value != "" {
			words = append(words, flag, diagnose.ShellFile(value))
		}
	}
	for _, ca := range g.CACert {
		add("--cacert", ca)
	}
	add("--dir", g.Dir)
	if g.Dir == "" {
		add("--cert", g.Cert)
		add("--key", g.Key)
	}
	add("--client-ca", g.ClientCA)
	add("--tls-min", g.MinTLS)
	add("--tls-max", g.MaxTLS)
	if g.Insecure {
		words = append(words, "--insecure")
	}
	if r.Target.ServerName != "" && r.Target.ServerName != r.Target.Host {
		add("--servername", r.Target.ServerName)
	}
	add("--starttls", r.Target.StartTLS)
	target := g.Target
	if target == "" {
		target = subjectOf(r)
	}
	return strings.Join(append(words, diagnose.ShellWord(target)), " ")
}
