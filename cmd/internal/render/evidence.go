package render

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mutual/diagnose"
)

// proof writes the evidence of a finding, one fact a line. Accepts says that
// the CAs which the server accepts are listed besides.
func (p *page) proof(r *diagnose.Report, f diagnose.Finding, accepts bool) {
	const most = 6
	label := "proof"
	if f.Basis == diagnose.Inferred {
		label = "signs"
	}
	shown := 0
	for i, e := range f.Evidence {
		if idle(e) || f.Severity == diagnose.Error && toldBySeen(e.Fact) || accepts && strings.HasPrefix(e.Fact, "client_auth.acceptable_cas") {
			continue
		}
		if shown++; shown > most {
			p.labelled(label, fmt.Sprintf("and %d more, which --json lists", len(f.Evidence)-i))
			return
		}
		p.labelled(label, evidenceWords(r, e))
		label = ""
	}
}

// idle reports whether the fact is no more than the name of what the finding
// is about, which its title says.
func idle(e diagnose.Evidence) bool {
	if e.Want != "" {
		return false
	}
	return strings.HasPrefix(e.Fact, "files.") && strings.HasSuffix(e.Fact, ".path") || strings.HasSuffix(e.Fact, ".subject") ||
		oneOf(e.Fact, "target.host", "target.server_name", "target.address")
}

// toldBySeen reports whether "seen" or "tried", which stand with the root
// cause, tell the fact already.
func toldBySeen(fact string) bool {
	path := strings.Split(fact, ".")
	switch {
	case path[0] == "attempts" && len(path) >= 3:
		return oneOf(path[2], "alert", "failed_at", "closed", "network", "first_bytes", "told", "varied", "name", "http_status")
	case path[0] == "client_auth" && len(path) == 2:
		return oneOf(path[1], "requested", "presented")
	case path[0] == "http" && len(path) == 2:
		return oneOf(path[1], "status", "body")
	}
	return false
}

func oneOf(s string, list ...string) bool { return slices.Contains(list, s) }

// evidenceWords puts one fact into words: whose it is, what it is, and what it
// would have to be.
func evidenceWords(r *diagnose.Report, e diagnose.Evidence) string {
	whose, what := factWords(r, strings.Split(e.Fact, "."))
	var text string
	switch {
	case whose != "" && what != "":
		text = whose + ": " + what
	default:
		text = whose + what
	}
	if sentence := yesOrNo(e); sentence != "" {
		return sentence
	}
	got := timeWords(e.Got, r.Time)
	if got == "" {
		got = "nothing"
	}
	switch {
	case text == "":
	case what == "" && strings.HasPrefix(e.Fact, "roots.problems."):
		text += ":"
	case what == "" || strings.HasSuffix(what, "until") || strings.HasSuffix(what, "from") || strings.HasSuffix(what, "by"):
	default:
		text += ":"
	}
	text = strings.TrimSpace(text + " " + spacedIfName(got))
	if e.Want != "" {
		text += "; wanted: " + spacedIfName(timeWords(e.Want, r.Time))
	}
	return text
}

// yesOrNo is the sentence for a fact that is either so or not.
func yesOrNo(e diagnose.Evidence) string {
	var yes, no string
	switch e.Fact {
	case "client_auth.requested":
		yes, no = "the server asked for a certificate", "the server did not ask for a certificate"
	case "client_auth.presented":
		yes, no = "a certificate was presented", "no certificate was presented"
	case "client_auth.sign_failed":
		yes, no = "the key could not make a signature", "the key made its signature"
	case "connection.resumed":
		yes, no = "the session was resumed", "the session was new"
	case "given.insecure":
		yes, no = "--insecure was given", "--insecure was not given"
	case "authorization.allowed":
		yes, no = "the server's rule on who may come in lets it in", "the server's rule on who may come in refuses it"
	}
	switch e.Got {
	case "true":
		return yes
	case "false":
		return no
	}
	return ""
}

func spacedIfName(s string) string {
	if strings.Contains(s, "=") {
		return spacedName(s)
	}
	return s
}

// factWords turns the path of a fact within the report into words: whose fact
// it is, and which.
func factWords(r *diagnose.Report, path []string) (whose, what string) {
	index := func(i int) int {
		if i >= len(path) {
			return -1
		}
		n, err := strconv.Atoi(path[i])
		if err != nil {
			return -1
		}
		return n
	}
	rest := func(i int) []string { return path[min(i, len(path)):] }
	switch path[0] {
	case "identity":
		return certOwner(r.Identity, index(1), "the certificate file", "given"), attribute(rest(2))
	case "chains":
		if len(path) > 1 && path[1] == "client" {
			return certOwner(r.Chains.Client, index(2), "the chain that the client sent", "sent by the client"), attribute(rest(3))
		}
		return certOwner(r.Chains.Server, index(2), "the chain that the server sent", "sent by the server"), attribute(rest(3))
	case "known":
		return certOwner(r.Known, index(1), "the certificates found beside the files", "found beside the files"), attribute(rest(2))
	case "trust":
		return trustOwner(r.Trust, "the trust store", path, index(2))
	case "client_trust":
		return trustOwner(r.ClientTrust, "the server's client CAs", path, index(2))
	case "attempts":
		return attemptFact(r, index(1), rest(2))
	case "files":
		if i := index(1); i >= 0 && i < len(r.Files) {
			return r.Files[i].Path, fileAttribute(rest(2))
		}
	case "crls":
		if i := index(1); i >= 0 && i < len(r.CRLs) {
			return "the CRL of " + spacedName(r.CRLs[i].Issuer), attribute(rest(2))
		}
	case "client_auth":
		return "", strings.TrimSpace(clientAuthFact(rest(1)))
	case "http":
		return "", strings.TrimSpace("the HTTP answer's " + words(rest(1)))
	case "connection":
		return "", "the connection's " + attribute(rest(1))
	case "target":
		return "", strings.TrimSpace("the target's " + attribute(rest(1)))
	case "time":
		return "", "the time here"
	case "verifiers":
		return "", ""
	case "given":
		return "", "the command line's " + words(rest(1))
	case "roots":
		return rootsFact(r, path)
	case "said":
		return "", "the text"
	case "authorization":
		return "", "the server's rule on who may come in: " + words(rest(1))
	}
	return "", words(path)
}

// certOwner names the certificate at index i, or the whole list.
func certOwner(chain []*diagnose.Certificate, i int, list, how string) string {
	if i < 0 || i >= len(chain) || chain[i] == nil {
		return list
	}
	return shortName(chain[i]) + " (" + how + ")"
}

func trustOwner(t *diagnose.Trust, name string, path []string, i int) (whose, what string) {
	if t == nil {
		return name, words(path[1:])
	}
	if len(t.Files) > 0 {
		name = strings.Join(t.Files, ", ")
	} else if t.Source == "system" {
		name = "the system's trust store"
	} else if t.Source == "public" {
		name = "the public CAs"
	}
	if len(path) > 1 && path[1] == "anchors" && i >= 0 && i < len(t.Anchors) {
		return shortName(t.Anchors[i]) + " (in " + name + ")", attribute(path[3:])
	}
	if len(path) > 1 {
		switch path[1] {
		case "count":
			return name, "certificates in it"
		case "anchors":
			return name, "it holds"
		case "unreadable":
			return name, "blocks that cannot be read"
		case "env":
			return "", "the environment variable in effect"
		case "source", "files":
			return "", "what the server is judged by"
		}
	}
	return name, words(path[1:])
}

func attemptFact(r *diagnose.Report, i int, rest []string) (whose, what string) {
	if i > 0 && i < len(r.Attempts) {
		whose = r.Attempts[i].Varied
		if whose == "" {
			whose = r.Attempts[i].Name
		}
		whose = "with " + whose
	}
	if len(rest) == 0 {
		return whose, ""
	}
	switch rest[0] {
	case "alert":
		if i >= 0 && i < len(r.Attempts) && r.Attempts[i].Alert != nil {
			return whose, "the " + string(r.Attempts[i].Alert.From) + "'s alert"
		}
		return whose, "alert"
	case "failed_at":
		return whose, "it ended at"
	case "closed":
		return whose, "how the other end closed"
	case "network":
		return whose, "the network's answer"
	case "tickets":
		return whose, "session tickets received, the sign of acceptance"
	case "received":
		return whose, "bytes received"
	case "first_bytes":
		return whose, "the first bytes received"
	case "protocol":
		return whose, "what the other end speaks"
	case "cert_requested":
		return whose, "asked for a client certificate"
	case "leaf":
		return whose, "the server's certificate, by SHA-256"
	case "error":
		return whose, "error"
	}
	return whose, attribute(rest)
}

func clientAuthFact(path []string) string {
	if len(path) == 0 {
		return "client authentication"
	}
	switch path[0] {
	case "requested":
		return "the server asked for a certificate"
	case "presented":
		return "a certificate was presented"
	case "verdict":
		return "the server's verdict on it"
	case "policy":
		return "the server's policy on client certificates"
	case "acceptable_cas", "acceptable_cas_der":
		return "the server accepts certificates of"
	case "signature_schemes":
		return "the server accepts signatures of kind"
	case "objection":
		return "what a strict client would object to"
	}
	return "client authentication, " + words(path)
}

func fileAttribute(path []string) string {
	if len(path) == 0 {
		return ""
	}
	switch path[0] {
	case "found", "problem":
		return "found"
	}
	return words(path)
}

// attribute is what people call a field of a certificate or connection.
func attribute(path []string) string {
	if len(path) == 0 {
		return ""
	}
	switch path[0] {
	case "not_after":
		return "valid until"
	case "not_before":
		return "valid from"
	case "dns_names":
		return "DNS names"
	case "ip_addresses":
		return "IP addresses"
	case "uris":
		return "URIs"
	case "issuer":
		return "issued by"
	case "ext_key_usage":
		return "extended key usage"
	case "authority_key_id":
		return "key id of its issuer (authority key id)"
	case "subject_key_id":
		return "own key id (subject key id)"
	case "is_ca":
		return "may issue certificates"
	case "departures":
		return "its encoding"
	case "parse_error":
		return "cannot be read"
	case "sha256":
		return "SHA-256"
	case "spki_sha256":
		return "public key pin"
	case "signature":
		return "signature"
	case "tls_version":
		return "TLS version"
	case "alpn":
		return "ALPN"
	case "server_name":
		return "name"
	}
	return words(path)
}

func words(path []string) string {
	return strings.ReplaceAll(strings.Join(path, " "), "_", " ")
}
