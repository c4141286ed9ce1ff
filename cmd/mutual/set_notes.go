package main

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"mutual/cmd/internal/line"
	"mutual/cmd/internal/render"
	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
	"mutual/pki"
)

// setNote writes one remark.
func setNote(b *strings.Builder, text string) {
	b.WriteString("\n")
	paragraph(b, "  note     ", "           ", text)
}

// setNotes writes what one has to know of the files, though it is no fault.
func setNotes(b *strings.Builder, set *pki.Set) {
	var backups []string
	for _, f := range set.Files {
		if f.Backup != "" {
			backups = append(backups, f.Backup)
		}
	}
	if len(backups) > 0 {
		setNote(b, "The old files are kept, as "+render.Escape(and(backups))+".")
	}
	for _, f := range set.Files {
		if len(f.Inherited) > 0 {
			setNote(b, render.Escape(f.Name)+" takes over from the certificate that it replaces: "+strings.Join(f.Inherited, ", ")+".")
		}
		if expiresSoon(f) {
			expiringNote(b, set, f)
		}
	}
	cutNote(b, set)
	if set.Opened && set.Count(pki.Made) > 0 {
		setNote(b, "The keys that were made are not encrypted: the passphrase has opened the CA's key, and no more.")
	}
	if len(set.Orphans) > 0 {
		setNote(b, "Signed by the CA that was replaced, and of no use with the new one: "+render.Escape(strings.Join(set.Orphans, ", ")))
	}
}

// cutNote names the certificates whose life is shorter than asked for.
func cutNote(b *strings.Builder, set *pki.Set) {
	var names []string
	var last pki.SetFile
	for _, f := range set.Files {
		if !f.Asked.IsZero() {
			names, last = append(names, render.Escape(f.Name)), f
		}
	}
	if len(names) > 0 {
		setNote(b, fmt.Sprintf("Cut short, to end with the CA on %s: %s. Asked for was %s.",
			endOf(last.Cert.NotAfter), and(names), endOf(last.Asked)))
	}
}

// expiresSoon reports whether the file is a certificate, kept, near its end.
func expiresSoon(f pki.SetFile) bool {
	now := time.Now()
	return f.State == pki.Kept && f.Cert != nil && now.Before(f.Cert.NotAfter) && chain.ExpiringSoon(f.Cert, now)
}

// expiringNote warns of a certificate near its end, and says how to renew it.
func expiringNote(b *strings.Builder, set *pki.Set, f pki.SetFile) {
	setNote(b, fmt.Sprintf("%s runs out on %s (%s).", render.Escape(f.Name), endOf(f.Cert.NotAfter), cause.CertExpiringSoon))
	purpose, _, leaf := strings.Cut(f.What, " certificate")
	if f.Cert.IsCA || !leaf {
		paragraph(b, "           ", "           ", "With it ends every certificate that it has issued. Make another CA in a folder of its own, and have both trusted until all is changed over.")
		return
	}
	fmt.Fprintf(b, "           Renew it; the old files are kept:\n             mutual issue %s %s --dir %s --force\n",
		purpose, line.Quote(strings.TrimSuffix(f.Name, "-crt.pem")), line.Quote(set.Dir))
}

// setNext says what to type to see the set at work.
func setNext(b *strings.Builder, set *pki.Set) {
	b.WriteString("\n")
	dir, label := line.Quote(set.Dir), "  next     "
	for _, command := range []string{"mutual serve --dir " + dir, probeOf(set, dir)} {
		for _, part := range render.WrapCommand(command, 69) {
			fmt.Fprintln(b, label+part)
			label = "           "
		}
	}
}

// probeOf is the command that connects to mutual serve, which listens on
// localhost, by a name that is in the server's certificate; empty if it has
// none that a client could ask for.
func probeOf(set *pki.Set, dir string) string {
	const port = "4433"
	host := "localhost"
	for _, f := range set.Files {
		if f.Name == "server-crt.pem" && f.Cert != nil && f.Cert.VerifyHostname(host) != nil {
			host = nameFor(append(slices.Clone(f.Cert.DNSNames), addresses(f.Cert.IPAddresses)...))
		}
	}
	switch {
	case host == "localhost" || host == "127.0.0.1":
		return "mutual probe --dir " + dir + " " + host + ":" + port
	case host == "":
		return ""
	}
	return "mutual probe --dir " + dir + " --connect-to localhost:" + port + " " + line.Quote(net.JoinHostPort(host, port))
}

// nameFor is a name that one of those in a certificate covers: this machine's,
// if it is among them, else the first.
func nameFor(names []string) string {
	switch {
	case len(names) == 0:
		return ""
	case slices.Contains(names, "127.0.0.1"):
		return "127.0.0.1"
	}
	if rest, ok := strings.CutPrefix(names[0], "*."); ok {
		return "www." + rest
	}
	return names[0]
}

func addresses(ips []net.IP) []string {
	var list []string
	for _, ip := range ips {
		list = append(list, ip.String())
	}
	return list
}
