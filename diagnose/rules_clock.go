package diagnose

import (
	"fmt"
	"time"

	"mutual/diagnose/cause"
)

// skewLimit is from when on a difference between two clocks counts as skew.
const skewLimit = 5 * time.Minute

var clockRules = []Rule{
	{
		Code: cause.ClockSkewLocal, Stage: Clock, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "This machine's clock is wrong[: it says {here}, the server's answer says {there}].",
		Why: "Certificates have a first and a last moment. A clock that is off makes sound ones look expired or not yet valid. " +
			"The certificates here fit the other clock, not this one.",
		Fix: Steps{Say("Set the clock, for example by turning its synchronisation on (timedatectl set-ntp true). Then " +
			"probe again:"),
			Run("mutual probe {target} {trust} {identity}")},
		Refs:  []string{"RFC 5280 §4.1.2.5", "RFC 9110 §6.6.1"},
		Under: []Code{cause.ClockSkewPeer},
		Find: func(f *Examination) []Match {
			if f.HTTP == nil || f.HTTP.Date.IsZero() || f.View != SeenByClient {
				return nil
			}
			skew := f.HTTP.Date.Sub(f.Time)
			if skew.Abs() < skewLimit {
				return nil
			}
			m := Match{
				Severity: Warning,
				Vars:     map[string]string{"here": f.Time.Format(time.RFC3339), "there": f.HTTP.Date.Format(time.RFC3339)},
				Evidence: []Evidence{{"http.date", f.HTTP.Date.Format(time.RFC3339), "within 5 minutes of " + f.Time.Format(time.RFC3339)}},
			}
			// Which clock is off? The one by which the certificates make no sense.
			for i, c := range f.Chains.Server {
				if c.X509() == nil {
					continue
				}
				here := !f.Time.Before(c.NotBefore) && !f.Time.After(c.NotAfter)
				there := !f.HTTP.Date.Before(c.NotBefore) && !f.HTTP.Date.After(c.NotAfter)
				if !here && there {
					m.Severity = Error
					m.Evidence = append(m.Evidence, Evidence{path("chains.server", i, "not_after"), c.NotAfter.Format(time.RFC3339), ""})
				}
			}
			if m.Severity == Warning {
				m.Title = "The server's clock and this machine's differ by {skew}."
				m.Vars["skew"] = skew.Abs().Round(time.Second).String()
			}
			return []Match{m}
		},
	},
	{
		Code: cause.ClockSkewPeer, Stage: Clock, Side: ClientSide, Severity: Error, Basis: Inferred,
		Title: "The server calls the client's certificate expired, and by this machine's clock it is valid.",
		Why: "Date and certificate fit here, so the server judges by another clock, or by another certificate than the one in this file: " +
			"a clock that is off, or an old certificate that a proxy in between still presents.",
		Fix: Steps{Say("Set the server's clock right. What it says:"), Run("date -u"),
			Say("If it is right, see which certificate the server's log names, and compare:"),
			Run("openssl x509 -in {cert_file} -noout -dates -serial")},
		Refs:  []string{"RFC 8446 §6.2 (certificate_expired)"},
		Under: []Code{cause.ClientCertExpired, cause.IssuerCertExpired, cause.ClientCertNotYetValid, cause.IssuerCertNotYetValid, cause.TrustAnchorExpired},
		Find: func(f *Examination) []Match {
			a := f.base().Alert
			if f.View == SeenByServer || a == nil || a.From != ServerSide || a.Code != alertCertificateExpired || !f.presented() {
				return nil
			}
			leaf := f.Chains.Client[0]
			m := Match{Side: ClientSide, Evidence: []Evidence{
				{"attempts.0.alert.code", "45", ""},
				{"chains.client.0.not_after", leaf.NotAfter.Format(time.RFC3339), "after " + f.Time.Format(time.RFC3339)},
			}, Candidates: []Code{cause.IssuerCertExpired, cause.CRLExpired, cause.StaleCertLoaded}, Settle: "the server's log, which names the certificate and its dates; and the server's clock"}
			if f.HTTP != nil && !f.HTTP.Date.IsZero() && f.HTTP.Date.Sub(f.Time).Abs() >= skewLimit {
				m.Basis = Proven
				m.Evidence = append(m.Evidence, Evidence{"http.date", f.HTTP.Date.Format(time.RFC3339), fmt.Sprint(f.Time.Format(time.RFC3339))})
			}
			return []Match{m}
		},
	},
}

// presented reports whether the client sent a certificate that can be judged.
func (f *Examination) presented() bool {
	return len(f.Chains.Client) > 0 && f.Chains.Client[0].X509() != nil
}
