package observe

import (
	"fmt"

	"mutual/diagnose"
	"mutual/diagnose/cause"
)

// A welcome is how the application let the good identity in: what others are
// compared with.
type welcome struct {
	http        *diagnose.HTTP // nil: it does not speak HTTP
	established cause.Established
}

func welcomeOf(f *diagnose.Facts) welcome {
	w := welcome{http: f.HTTP}
	if f.ClientAuth != nil {
		w.established = f.ClientAuth.Established
	}
	return w
}

// judge says whether the server let the attempt in: the application has to
// give the answer that it gave to the good identity. A handshake that stands
// shows nothing. How says by what it shows.
func (a *auditor) judge(o *outcome, good welcome) (v diagnose.TryVerdict, how string) {
	switch {
	case o.FailedAt == diagnose.AtConnect, o.FailedAt == diagnose.AtProxy, o.FailedAt == diagnose.AtStartTLS, o.FailedAt == diagnose.AtResolve:
		return diagnose.TryNotTried, "no connection: " + o.Error
	case o.FailedAt != "" && (o.Refused == cause.RefusedSign || o.Refused == cause.RefusedSignatureScheme):
		return diagnose.TryNotTried, "there is no signature scheme in common for this key"
	case o.FailedAt != "" && (o.Alert == nil || o.Alert.From == diagnose.ServerSide):
		return diagnose.TryRefused, refusedBy(o)
	case o.FailedAt != "":
		return diagnose.TryNotTried, "this end could not go on: " + o.Error
	case o.http != nil && good.http != nil:
		return judgeHTTP(o.http, good.http)
	case o.Says.Refuses():
		return diagnose.TryRefused, answerOf(o)
	case !good.established.ByApplication():
		return diagnose.TryUnknown, notAsked
	case o.hungUp:
		return diagnose.TryRefused, "closed without an answer"
	case o.Established.AsFarAs(good.established):
		return diagnose.TryAccepted, answerOf(o)
	case o.Established.ByApplication():
		return diagnose.TryRefused, answerOf(o)
	}
	return diagnose.TryUnknown, "no answer that tells"
}

// notAsked is what stands where nothing but the handshake was seen.
const notAsked = "the handshake was accepted; the application was not asked"

func judgeHTTP(got, good *diagnose.HTTP) (v diagnose.TryVerdict, how string) {
	how = fmt.Sprintf("HTTP %d", got.Status)
	if sameAnswer(got, good) {
		return diagnose.TryAccepted, how
	}
	if got.Location != "" {
		how += " to " + got.Location
	}
	return diagnose.TryRefused, how
}

// answerOf is the application's answer in words.
func answerOf(o *outcome) string {
	switch {
	case o.http != nil:
		return fmt.Sprintf("HTTP %d", o.http.Status)
	case o.app != nil && o.app.Answer != "":
		return o.app.Protocol + ": " + o.app.Answer
	}
	return string(o.Established)
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
