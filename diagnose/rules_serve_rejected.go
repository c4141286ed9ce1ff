package diagnose

import (
	"strconv"

	"mutual/diagnose/cause"
)

// peerRejectedOurs is the client's verdict on the server's certificate, as the
// server hears it. Which alert a client sends tells its TLS library more than
// the fault, so the fixes go from the alert's own meaning to the others.
var peerRejectedOurs = Rule{
	Code: cause.PeerRejectedOurServerCert, Stage: ClientCertificate, Side: ClientSide, Severity: Error, Basis: Proven, Seen: SeenByServer,
	Title: "The client does not accept this server's certificate[: {reason}].",
	Why: "The client ended the handshake on seeing the server's certificate. It is the client that decides whom it trusts: " +
		"by the CAs in its store, by the name it asked for, by its clock.",
	Fix: Steps{Say("Give the client the CA that issued this server's certificate[, {ca}], as this command does:"),
		Run("curl --cacert {cacert_file|ca-certificate} --cert {cert_file|client-certificate} --key {key_file|client-key} " +
			"https://{host}:{port}/"),
		Say("From the client's machine, see what it objects to:"),
		Run("mutual probe {host}:{port} --cacert {cacert_file|ca-certificate}")},
	Refs: []string{"RFC 8446 §6.2", "RFC 8446 §4.4.2.4"},
	Under: []Code{cause.ServerCertExpired, cause.ServerCertNotYetValid, cause.ServerEKUMissingServerAuth, cause.ServerKeyUsageIncompatible,
		cause.CertKeyTooWeak, cause.CertSignatureAlgorithmWeak, cause.IssuerCertExpired},
	Find: func(f *Examination) []Match {
		b := f.base()
		if len(f.Chains.Server) == 0 || b.FailedAt != AtHandshake && b.FailedAt != AtVerdict {
			return nil
		}
		leaf := f.Chains.Server[0]
		m := Match{Vars: map[string]string{"ca": leaf.Issuer, "reason": "it says so by an alert"}}
		if a := b.Alert; a != nil {
			reason, fix := rejectionBy(a.Code, leaf.Issuer)
			if a.From != ClientSide || reason == "" {
				return nil
			}
			m.Vars["reason"], m.Vars["file"] = reason, serverFile(f.Facts)
			if m.Fix = f.callerRefused(a.Code); m.Fix == nil {
				m.Fix = fix
			}
			m.Evidence = []Evidence{{"attempts.0.alert.code", strconv.Itoa(a.Code), ""}, {"attempts.0.alert.from", string(a.From), ""}}
			return []Match{m}
		}
		if b.Closed != cause.ClosedEOF && b.Closed != cause.ClosedReset || !b.ServerHello || f.ClientAuth != nil && f.ClientAuth.Presented && b.FailedAt == AtHandshake {
			return nil
		}
		m.Basis, m.Vars["reason"] = Inferred, "it hung up on seeing it, without saying why"
		m.Evidence = []Evidence{{"attempts.0.closed", string(b.Closed), "a request"}, {"attempts.0.server_hello", "true", ""}}
		m.Candidates = []Code{cause.ClientSaidNothing}
		m.Settle = "the client's own log; or, from its machine: mutual probe {host}:{port} --cacert with its CA"
		if b.FailedAt == AtVerdict {
			m.Vars["reason"] = "it hung up after the handshake, without asking for anything"
		}
		return []Match{m}
	},
}

// rejectionBy says what a client means by an alert on the server's
// certificate, and what to do first; "" where the alert is about something
// else. A nil fix is the rule's.
func rejectionBy(alert int, ca string) (reason string, fix Steps) {
	probe := Steps{Say("From the client's machine, see what it objects to:"),
		Run("mutual probe {host}:{port} --cacert {cacert_file|ca-certificate}")}
	switch alert {
	case alertUnknownCA:
		return "it does not know the CA " + ca, nil
	case alertCertificateExpired:
		return "by its clock, the certificate has expired", append(Steps{Say("Compare the client's clock with this " +
			"machine's. If they are right, renew the certificate."), renewOf(ServerSide, "")}, probe...)
	case alertBadCertificate:
		return "it calls it a bad certificate", append(Steps{Say("Likely the name that the client asked for is not in the " +
			"certificate, or its CA is unknown to the client.")}, probe...)
	case alertCertificateUnknown:
		return "its alert does not say why", append(Steps{Say("Clients in Java and Windows say this of every fault: an " +
			"unknown CA, another name, a wrong clock. The client's own log names it.")}, probe...)
	case alertUnsupportedCertificate:
		return "it takes no certificate of this kind", append(Steps{Say("See that the certificate is for servers " +
			"(extended key usage serverAuth) and that its key is of a usual kind.")}, probe...)
	case alertCertificateRevoked:
		return "it takes it for revoked", append(Steps{Say("See the CA's revocation list, and have a new certificate " +
			"issued."), renewOf(ServerSide, "")}, probe...)
	case alertDecryptError:
		return "the server's signature does not fit the certificate", append(Steps{Say("The server's key is not the " +
			"certificate's, or something in between changes the handshake.")}, probe...)
	case 113: // bad_certificate_status_response, RFC 6066 §8
		return "it wants a revocation status (OCSP) that it did not get", probe
	}
	return "", nil
}
