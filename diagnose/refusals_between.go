package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
)

// hearsay is one row of what a third party makes of a refusal between two
// others, where the certificate that was refused went unseen or looks sound.
// The first row that fits counts. An empty condition fits everything.
type hearsay struct {
	by     Side // who refused
	at     At
	alerts []int // one of these, readable; 0: none was
	signs  []cause.Sign
	flight cause.Flight
	when   func(*Examination) bool

	code     Code
	basis    Basis // empty: inferred
	severity Severity
	side     Side // who has to change something; empty: the rule's
	title    string
	others   []Code
	settle   string
}

const (
	serverLog = "the server's log at this moment; or the same with a key log (--keylog), which shows alert and certificates"
	clientLog = "the client's own error message; or the same with a key log (--keylog), which shows alert and certificates"
)

// unsaidClient and unsaidServer are the causes that a refusal may have of which
// nothing else is known.
var (
	unsaidClient = []Code{cause.ClientCertExpired, cause.ClientChainMissingIntermediate, cause.ClientCertSelfSigned, cause.ClientCertRevoked,
		cause.ClientCertNotYetValid, cause.ClientEKUMissingClientAuth, cause.ClientIdentityNotAuthorized}
	unsaidServer = []Code{cause.ServerCertExpired, cause.ServerNameMismatch, cause.ServerChainMissingIntermediate, cause.ServerCertSelfSigned,
		cause.ServerCertNotYetValid}
)

// hearsays is read only. Source of each row: measurements of the programs named
// in the tests of package between.
var hearsays = []hearsay{
	// The server on the client's certificate, or the lack of it.
	{by: ServerSide, flight: cause.FlightEmpty, alerts: []int{alertCertificateRequired, alertHandshakeFailure, alertBadCertificate},
		when: func(f *Examination) bool { return !f.Between.Dark }, code: cause.ClientCertMissing, basis: Proven,
		title: "The client sent no certificate, and the server ends the connection for want of one."},
	{by: ServerSide, flight: cause.FlightEmpty, code: cause.ClientCertMissing, others: []Code{cause.ClientCertWithheld, cause.ClientCANotAdvertised},
		title: "The client sent no certificate, and the server ended the connection.", settle: serverLog},
	{when: func(f *Examination) bool {
		return f.refusedOverHTTP() && f.Between.Flight == cause.FlightEmpty
	}, code: cause.ClientCertMissing, others: []Code{cause.ClientCertWithheld, cause.ClientIdentityNotAuthorized},
		title: "The server asked for a client certificate, got none, and answers HTTP {status}.", settle: "the server's log at this moment"},
	{by: ServerSide, flight: cause.FlightCertificate, alerts: []int{alertCertificateRevoked}, when: clientUnseen, code: cause.ClientCertRevoked, basis: Proven},
	{by: ServerSide, flight: cause.FlightCertificate, alerts: []int{alertCertificateExpired}, when: clientUnseen, code: cause.ClientCertExpired,
		others: []Code{cause.IssuerCertExpired, cause.ClockSkewPeer}, settle: serverLog},
	{by: ServerSide, flight: cause.FlightCertificate, alerts: []int{alertUnsupportedCertificate}, when: clientUnseen, code: cause.ClientEKUMissingClientAuth,
		others: []Code{cause.CertKeyTypeUnsupported}, settle: serverLog},
	{by: ServerSide, flight: cause.FlightCertificate, alerts: []int{alertUnknownCA}, when: clientUnseen, code: cause.ClientCAUntrustedByServer,
		others: []Code{cause.ClientChainMissingIntermediate, cause.ClientCertSelfSigned, cause.IssuerNameMatchesKeyDiffers},
		title:  "The server does not know the CA of the client's certificate.", settle: serverLog},
	{by: ServerSide, flight: cause.FlightCertificate, signs: []cause.Sign{cause.SignSilence}, when: clientUnseen, code: cause.ClientCertRejectedSilently,
		others: append([]Code{cause.ClientCAUntrustedByServer}, unsaidClient...), settle: serverLog,
		title: "The server hung up on getting the client's certificate, without a word: Node's https server refuses in this way."},
	{by: ServerSide, flight: cause.FlightCertificate, when: clientUnseen, code: cause.ClientCAUntrustedByServer, others: unsaidClient, settle: serverLog,
		title: "The server refused the client's certificate. Its reason is encrypted; the most frequent one is that it does not know the CA."},

	{when: func(f *Examination) bool {
		return f.Between.Refused == "" && f.Between.Flight == cause.FlightEmpty && f.Between.Answered && f.HTTP == nil
	}, code: cause.ClientCertMissing, severity: Note, others: []Code{cause.ClientCertWithheld}, settle: "the server's log, or a key log (--keylog)",
		title: "The server asked for a client certificate, got none, and went on. Whether its answer is a refusal is encrypted."},

	// The client on the server's certificate.
	{by: ClientSide, at: AtHandshake, when: issuerUnsent, alerts: []int{alertUnknownCA, alertBadCertificate, alertCertificateUnknown, 0},
		code: cause.ServerChainMissingIntermediate, others: []Code{cause.ServerCAUntrusted, cause.ServerCertSelfSigned}, settle: clientLog,
		title: "The client does not accept the server's certificate: most likely because the server leaves out the intermediate[ {ca}]."},
	{by: ClientSide, at: AtHandshake, alerts: []int{alertCertificateExpired}, when: serverOpen, code: cause.ServerCertExpired,
		others: []Code{cause.ClockSkewPeer, cause.IssuerCertExpired}, settle: clientLog,
		title: "The client says that the server's certificate ran out."},
	{by: ClientSide, at: AtHandshake, alerts: []int{alertUnknownCA}, when: serverOpen, code: cause.ServerCAUntrusted,
		others: []Code{cause.ServerChainMissingIntermediate, cause.ServerCertSelfSigned}, settle: clientLog,
		title: "The client does not know the CA of the server's certificate[: {ca}]."},
	{by: ClientSide, at: AtHandshake, alerts: []int{alertBadCertificate}, signs: []cause.Sign{cause.SignAlert}, when: serverUnseen, code: cause.ServerNameMismatch,
		others: []Code{cause.ServerCertNotYetValid, cause.ServerCAUntrusted, cause.ServerCertExpired, cause.ServerChainMissingIntermediate}, settle: clientLog,
		title: "The client calls the server's certificate bad: programs with OpenSSL say this of another name than the one they asked for."},
	{by: ClientSide, at: AtHandshake, alerts: []int{alertUnsupportedCertificate}, when: serverOpen, code: cause.ServerEKUMissingServerAuth,
		others: []Code{cause.CertKeyTypeUnsupported}, settle: clientLog, title: "The client does not take this kind of certificate for a server."},
	{by: ClientSide, at: AtHandshake, alerts: []int{alertDecryptError}, code: cause.ServerKeyMismatch, settle: clientLog,
		title: "The client says that the server's signature does not fit its certificate."},
	{by: ClientSide, at: AtHandshake, alerts: []int{alertBadCertificate, alertCertificateUnknown}, when: serverOpen, code: cause.ServerCAUntrusted,
		others: unsaidServer, settle: clientLog,
		title: "The client does not accept the server's certificate; the most frequent reason is a CA that it does not know[, here {ca}]."},
	{by: ClientSide, at: AtHandshake, signs: []cause.Sign{cause.SignSilence}, when: serverOpen, code: cause.ServerCAUntrusted, others: unsaidServer,
		settle: clientLog, title: "The client hung up on seeing the server's certificate, without a word. Node and Java's HttpClient refuse in this way."},
	{by: ClientSide, at: AtHandshake, signs: []cause.Sign{cause.SignLength}, when: serverOpen, code: cause.ServerCAUntrusted, others: unsaidServer,
		settle: clientLog, title: "The client refused the server's certificate. Its reason is encrypted; the most frequent one is an unknown CA."},
	{when: func(f *Examination) bool { return f.leftAbruptly() && issuerUnsent(f) }, code: cause.ServerChainMissingIntermediate, severity: Note,
		others: []Code{cause.ServerCAUntrusted, cause.ClientSaidNothing}, settle: clientLog,
		title: "The client hung up after the handshake without a word, and the server leaves out the intermediate[ {ca}]."},
	{when: func(f *Examination) bool { return f.leftAbruptly() && serverOpen(f) && !serverUnseen(f) }, code: cause.ServerCAUntrusted, severity: Note,
		others: append([]Code{cause.ClientSaidNothing}, unsaidServer...), settle: clientLog,
		title: "The client hung up after the handshake without a word. Node refuses a server so; health checks leave so, too."},
	{when: func(f *Examination) bool { return f.Between.Left && f.Between.Dark && serverUnseen(f) }, code: cause.ServerNameMismatch, severity: Note,
		others: append([]Code{cause.ClientSaidNothing, cause.ServerCAUntrusted}, unsaidServer...), settle: clientLog,
		title: "The client made the handshake and left without a request. Health checks do so, and curl where the certificate is for another name."},

	// The server on what the client offered.
	{by: ServerSide, at: AtHello, alerts: []int{alertProtocolVersion}, code: cause.TLSVersionNoOverlap, basis: Proven, side: ServerSide,
		title: "The server takes none of the TLS versions that the client offers[: {versions}]."},
	{by: ServerSide, at: AtHello, alerts: []int{alertUnrecognizedName}, code: cause.SNIUnrecognized, basis: Proven,
		title: "The server does not know the name that the client asks for[: {sni}]."},
	{by: ServerSide, at: AtHello, alerts: []int{alertNoApplicationProtocol}, code: cause.ALPNNoOverlap, basis: Proven,
		title: "The server speaks none of the protocols that the client offers by ALPN[: {alpn}]."},
	{by: ServerSide, at: AtHello, alerts: []int{alertHandshakeFailure, alertInsufficientSecurity}, code: cause.CipherNoOverlap,
		others: []Code{cause.GroupNoOverlap, cause.SignatureSchemeNoOverlap, cause.TLSVersionNoOverlap}, settle: "the server's log at this moment",
		title: "The server finds nothing among what the client offers that it takes: no cipher suite, most likely."},
}

func clientUnseen(f *Examination) bool { return len(f.Chains.Client) == 0 }
func serverUnseen(f *Examination) bool { return len(f.Chains.Server) == 0 }

// serverOpen: the server's chain went unseen, or shows nothing that explains a
// refusal.
func serverOpen(f *Examination) bool {
	return f.server == nil || !slices.ContainsFunc(f.server.Faults, func(x chain.Fault) bool { return x.Breaks() })
}

// issuerUnsent: the server sent a leaf alone, and by its name its issuer is an
// intermediate.
func issuerUnsent(f *Examination) bool {
	sent := f.Chains.Server
	return len(sent) == 1 && sent[0].X509() != nil && !sent[0].SelfIssued() && f.Trust == nil && chain.SaysIntermediate(sent[0].X509().Issuer.CommonName) && serverOpen(f)
}

// leftAbruptly: the client left after the handshake, without a close_notify and
// before it had asked for anything.
func (f *Examination) leftAbruptly() bool { return f.Between.Left && f.base().Closed != "" }

// fits reports whether the row describes what was overheard.
func (h hearsay) fits(f *Examination) bool {
	b := f.Between
	alert := 0
	if a := f.base().Alert; a != nil {
		alert = a.Code
	}
	return (h.by == "" || h.by == b.Refused) && (h.at == "" || h.at == f.base().FailedAt) &&
		(h.alerts == nil || slices.Contains(h.alerts, alert)) &&
		(h.signs == nil || slices.Contains(h.signs, b.By)) &&
		(h.flight == "" || h.flight == b.Flight) && (h.when == nil || h.when(f))
}

// overheard is the likeliest reason for what a third party saw fail, or nil.
func (f *Examination) overheard() *rejection {
	if f.Between == nil || f.refusedBy(ServerSide) && !clientUnseen(f) && f.base().FailedAt == AtVerifyPeer {
		return nil
	}
	for _, h := range hearsays {
		if !h.fits(f) {
			continue
		}
		r := &rejection{code: h.code, basis: cmp.Or(h.basis, Inferred), severity: h.severity, side: h.side, title: h.title, settle: h.settle,
			evidence: f.overheardEvidence()}
		r.vars = map[string]string{}
		if len(f.Chains.Server) > 0 {
			r.vars["ca"] = f.Chains.Server[len(f.Chains.Server)-1].Issuer
		}
		if f.HTTP != nil {
			r.vars["status"] = fmt.Sprint(f.HTTP.Status)
		}
		if f.Hello != nil {
			r.vars["versions"], r.vars["alpn"] = strings.Join(f.Hello.Versions, ", "), shortList(f.Hello.ALPN)
			r.vars["sni"] = f.Hello.ServerName
		}
		if r.basis == Inferred {
			r.candidates = slices.DeleteFunc(slices.Clone(h.others), func(c Code) bool { return c == h.code })
		}
		return r
	}
	return nil
}

// overheardEvidence is what the refusal showed by.
func (f *Examination) overheardEvidence() []Evidence {
	b, a := f.Between, f.base()
	var out []Evidence
	switch {
	case a.Alert != nil:
		out = append(out, Evidence{"attempts.0.alert.code", fmt.Sprint(a.Alert.Code), ""}, Evidence{"attempts.0.alert.from", string(a.Alert.From), ""})
	case f.refusedOverHTTP():
		out = append(out, Evidence{"http.status", fmt.Sprint(f.HTTP.Status), "less than 400"})
	case a.Closed != "":
		out = append(out, Evidence{"attempts.0.closed", string(a.Closed), ""})
	}
	if b.Flight != "" {
		out = append(out, Evidence{"between.flight", string(b.Flight), ""})
	}
	if b.Dark {
		out = append(out, Evidence{"between.client", lengths(b.Client), ""}, Evidence{"between.replies", lengths(b.Replies), ""})
	}
	if len(out) == 0 {
		out = append(out, Evidence{"between.left", fmt.Sprint(b.Left), ""})
	}
	return out
}

// lengths writes the lengths of records.
func lengths(list []int) string {
	if len(list) == 0 {
		return "none"
	}
	words := make([]string, 0, 8)
	for _, n := range list[:min(len(list), 8)] {
		words = append(words, fmt.Sprint(n))
	}
	if len(list) > 8 {
		words = append(words, "...")
	}
	return strings.Join(words, " ")
}
