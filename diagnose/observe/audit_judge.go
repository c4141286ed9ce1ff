package observe

import (
	"fmt"

	"mutual/diagnose"
	"mutual/diagnose/cause"
)

// judge says whether the server let the attempt in: over HTTP it has to give
// the answer that it gave to the good identity, else the handshake has to
// stand. How says by what that shows.
func (a *auditor) judge(o *outcome, good *diagnose.HTTP) (v diagnose.TryVerdict, how string, weak bool) {
	switch {
	case o.FailedAt == diagnose.AtConnect, o.FailedAt == diagnose.AtProxy, o.FailedAt == diagnose.AtStartTLS, o.FailedAt == diagnose.AtResolve:
		return diagnose.TryNotTried, "no connection: " + o.Error, false
	case o.FailedAt != "" && (o.Refused == cause.RefusedSign || o.Refused == cause.RefusedSignatureScheme):
		return diagnose.TryNotTried, "there is no signature scheme in common for this key", false
	case o.FailedAt != "" && (o.Alert == nil || o.Alert.From == diagnose.ServerSide):
		return diagnose.TryRefused, refusedBy(o), false
	case o.FailedAt != "":
		return diagnose.TryNotTried, "this end could not go on: " + o.Error, false
	case good == nil:
		return diagnose.TryAccepted, a.proof(o), true
	case o.http == nil:
		return diagnose.TryRefused, "closed without an answer", false
	}
	how = fmt.Sprintf("HTTP %d", o.http.Status)
	if sameAnswer(o.http, good) {
		return diagnose.TryAccepted, how, false
	}
	if o.http.Location != "" {
		how += " to " + o.http.Location
	}
	return diagnose.TryRefused, how, false
}

// refusedBy says in words how the server ended it.
func refusedBy(o *outcome) string {
	switch {
	case o.Alert != nil:
		return fmt.Sprintf("alert %d %s", o.Alert.Code, o.Alert.Name)
	case o.Closed == cause.ClosedTimeout:
		return "no answer"
	case o.Closed == cause.ClosedReset:
		return "reset without a word"
	}
	return "closed without a word"
}

// sameAnswer reports whether an answer lets in as the good identity's did. A
// redirect elsewhere, to a login for one, does not.
func sameAnswer(got, good *diagnose.HTTP) bool {
	switch {
	case got.Says == cause.SaysCertificateMissing, got.Says == cause.SaysCertificateBad, got.Says == cause.SaysPlainHTTP, got.Says == cause.SaysRenegotiation:
		return false
	case got.Status/100 == 2:
		return true
	}
	return got.Status == good.Status && got.Location == good.Location && got.Says == good.Says
}
