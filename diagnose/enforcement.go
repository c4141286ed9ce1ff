package diagnose

import "mutual/diagnose/cause"

// Enforcement is whether a server insists on a client certificate, as far as
// that was found out.
type Enforcement string

// What there is to find out.
const (
	EnforcementUnknown Enforcement = ""
	// Enforced: a client without one was refused.
	Enforced Enforcement = "enforced"
	// NotEnforced: the application answered a client without one.
	NotEnforced Enforcement = "not enforced"
	// HandshakeOpen: TLS goes through without one, and the application was not
	// asked. It may still refuse at its login.
	HandshakeOpen Enforcement = "handshake open"
)

// Enforcement says whether clients without a certificate get in too. Only an
// answer of the application proves that they do.
func (f *Facts) Enforcement() Enforcement {
	e, _ := f.enforcement()
	return e
}

// enforcement is Enforcement, with the index of the attempt that shows it, or
// -1.
func (f *Facts) enforcement() (Enforcement, int) {
	a, i := f.base(), 0
	switch {
	case f.View != SeenByClient || f.ClientAuth == nil || a.FailedAt != "":
		return EnforcementUnknown, -1
	case f.ClientAuth.Policy == cause.PolicyRequired:
		return Enforced, -1
	case f.ClientAuth.Presented:
		if a, i = f.attempt(TryNoCertificate); i < 0 {
			return EnforcementUnknown, -1
		}
	}
	if f.ClientAuth.Policy == cause.PolicyOptional {
		return NotEnforced, i
	}
	same := a.HTTPStatus == f.base().HTTPStatus
	switch {
	case a.FailedAt != "" || a.CertRequested != f.ClientAuth.Requested:
		return EnforcementUnknown, i
	case a.HTTPStatus == 0 && a.Established.ByApplication():
		return EnforcementUnknown, i // it was answered, and not as far as the client with one
	case a.HTTPStatus == 0:
		return HandshakeOpen, i
	case a.HTTPStatus/100 == 2, same && (f.HTTP == nil || f.HTTP.Says == ""):
		return NotEnforced, i
	case a.HTTPStatus == 401, a.HTTPStatus == 403:
		return Enforced, i
	}
	return EnforcementUnknown, i // such as being sent elsewhere
}
