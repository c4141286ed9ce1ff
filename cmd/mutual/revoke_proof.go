package main

import (
	"crypto/tls"
	"fmt"
	"path/filepath"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/observe"
	"mutual/pki"
)

// shutOutCase is a client to be shut out of a target.
type shutOutCase struct {
	target   string
	name     string // of the file with its certificate
	identity tls.Certificate
	missing  string          // why nobody can connect as it
	before   *diagnose.Facts // as it was received before; nil where it was revoked already
}

// shutOuts looks, before anything is changed, how the targets take the client
// that is to be shut out: who was refused before is no proof.
func (w *witness) shutOuts(what string) ([]shutOutCase, error) {
	targets := w.c.StringSlice("target")
	if len(targets) == 0 {
		return nil, nil
	}
	if what == "" {
		return nil, usage("mutual revoke <name> --target "+diagnose.ShellWord(targets[0]), "--target shows that somebody is refused: name whom")
	}
	inv, err := takeInventory(w.c)
	if err != nil {
		return nil, err
	}
	chosen, err := inv.ToRevoke(what, time.Now())
	if err != nil {
		return nil, revokeError(w.c, err)
	}
	var cases []shutOutCase
	for _, target := range targets {
		s := shutOutCase{target: target, name: what}
		for i := range chosen {
			h := &chosen[i]
			if kind := h.Kind(); h.KeyFile == "" || h.KeyDiffers || kind != "client" && kind != "server and client" {
				s.missing = fmt.Sprintf("without a key that goes with %s as a client nobody can connect as it", heldName(h))
				continue
			}
			pair := pki.LoadPair(filepath.Join(w.dir, h.File), filepath.Join(w.dir, h.KeyFile), passphrase(w.c))
			if err := pair.Err(); err != nil {
				s.missing = err.Error()
				continue
			}
			s.name, s.identity, s.missing = h.File, pair.TLS(), ""
			if h.Revoked.IsZero() {
				w.step("connecting to " + target + " as " + h.File)
				s.before = observe.Look(w.c.Context, w.config(target, s.identity))
			}
			break
		}
		cases = append(cases, s)
	}
	return cases, nil
}

// shutOut waits until the target refuses the one client and takes another.
func (w *witness) shutOut(s shutOutCase) proof {
	p := proof{Target: s.target, About: s.name}
	good := w.goodClient(s.name)
	switch {
	case s.missing != "":
		p.Says = fmt.Sprintf("Whether %s refuses it is not shown: %s.", s.target, s.missing)
		return p
	case good == "":
		p.Says = fmt.Sprintf("That %s refuses %s and nobody else is not shown: there is no other valid client here to connect as.", s.target, s.name)
		p.fix = diagnose.Steps{diagnose.Say("Make one, and look again:"), diagnose.Run("mutual issue client <another-name> --dir " + diagnose.ShellFile(w.dir))}
		return p
	}
	other := w.pair(good).TLS()
	w.step("waiting for " + s.target + " to refuse " + s.name)
	bad, fine := w.config(s.target, s.identity), w.config(s.target, other)
	var shut, let *diagnose.Facts
	p.Proven = w.until(func() bool {
		shut = observe.Look(w.c.Context, bad)
		let = observe.Look(w.c.Context, fine)
		return rejected(shut) && accepted(let)
	})
	switch {
	case p.Proven && s.before != nil && rejected(s.before):
		p.Proven = false
		p.Says = fmt.Sprintf("%s refuses %s and accepts %s-crt.pem; but it refused %s before it was revoked, too, so that this is no proof that it has read the list.", s.target, s.name, good, s.name)
	case p.Proven:
		p.Says = fmt.Sprintf("%s refuses %s, and accepts %s-crt.pem, in %d connections each.", s.target, s.name, good, inARow)
	case accepted(shut):
		p.Code = cause.ClientCertRevoked
		p.Says = fmt.Sprintf("%s still accepts %s, which is revoked: it has not read the list, or reads none.", s.target, s.name)
		p.fix = w.readsNoList()
	case rejected(shut) && !accepted(let):
		fine.Timeout = 10 * time.Second
		observe.LoadCRLs([]string{filepath.Join(w.dir, "ca-crl.pem")}, &fine.Known)
		p.report = diagnose.Examine(observe.Probe(w.c.Context, fine))
		p.Code = codeOf(p.report)
		p.Says = fmt.Sprintf("%s refuses %s, but %s-crt.pem, too, which is good. What follows is about that one. A server that checks the whole chain wants a list of each CA in it, and by a list that has ended it refuses everybody.", s.target, s.name, good)
	default:
		bad.Timeout = 10 * time.Second
		p.report = diagnose.Examine(observe.Probe(w.c.Context, bad))
		p.Code = codeOf(p.report)
		p.Says = fmt.Sprintf("Whether %s refuses %s is not shown.", s.target, s.name)
	}
	return p
}

// goodClient is the name of a client that has to get in.
func (w *witness) goodClient(not string) string {
	if name := w.c.String("good"); name != "" {
		return name
	}
	inv, err := pki.TakeInventory(w.dir)
	if err != nil {
		return ""
	}
	found := ""
	for i := range inv.Certs {
		h := &inv.Certs[i]
		switch state := h.State(pki.DueByDefault, time.Now()); {
		case h.Kind() != "client" || h.CA == "" || h.File == not || h.KeyFile == "" || state != pki.HeldValid && state != pki.HeldDue:
		case w.pair(h.Name).Err() != nil:
		case h.Name == "client":
			return h.Name
		case found == "":
			found = h.Name
		}
	}
	return found
}

// readsNoList is how a server is told to read the list, and how one client is
// shut out of a server that reads none.
func (w *witness) readsNoList() diagnose.Steps {
	list := diagnose.ShellFile(filepath.Join(w.dir, "ca-crl.pem"))
	return diagnose.Steps{
		diagnose.Say("Give the server the list, and have it load its files anew (--exec):"),
		{Kind: diagnose.Fragment, In: "nginx", Text: "ssl_crl " + list + ";"},
		{Kind: diagnose.Fragment, In: "Apache", Text: "SSLCARevocationFile " + list + "\nSSLCARevocationCheck leaf"},
		{Kind: diagnose.Fragment, In: "HAProxy", Text: "bind ... crl-file " + list},
		{Kind: diagnose.Fragment, In: "mutual", Text: "mutual serve --crl " + list},
		diagnose.Say("A server that reads no list (Go, Envoy without crl, most load balancers) shuts one client out by a list of those let in, by key or by name, without it; or by a CA for each client, which is dropped."),
	}
}
