package pki

import (
	"fmt"
	"strings"

	"mutual/diagnose/cause"
)

// Role is what a file is expected to hold.
type Role string

// The roles of a file.
const (
	RoleCert  Role = "certificate" // a certificate chain, leaf first
	RoleKey   Role = "key"         // a private key
	RoleTrust Role = "trust"       // CA certificates
	RoleCSR   Role = "csr"         // a certificate signing request
	RoleCRL   Role = "CRL"         // revocation lists
)

// Problem is one thing that is wrong with a file, as a fact for findings to be
// made of. It never holds key material.
type Problem struct {
	Code  cause.Code `json:"code"`
	Path  string     `json:"path"`            // the file, as the caller named it
	Role  Role       `json:"role"`            // what the file was expected to hold
	Block int        `json:"block,omitempty"` // the PEM block, counted from 1; 0 if it concerns none
	Line  int        `json:"line,omitempty"`  // the line, counted from 1; 0 if unknown
	Found string     `json:"found,omitempty"` // what is there
	Want  string     `json:"want,omitempty"`  // what should be there
	Side  string     `json:"side,omitempty"`  // "server" or "client", where a code can concern either end
	// Form tells key stores apart that OpenSSL does not open as they are: "JKS",
	// "BKS", or "RC2" for PKCS#12 that it opens with -legacy alone.
	Form  string `json:"form,omitempty"`
	Fatal bool   `json:"fatal"` // nothing usable could be had from the file
}

// FormOnly reports whether the problem is one of form alone: nothing of the file
// is lost to mutual, though other programs cannot read it.
func (p Problem) FormOnly() bool {
	switch p.Code {
	case cause.DERNotPEM, cause.PKCS12NotPEM, cause.PEMWrapped, cause.PEMWrongType, cause.TrustStoreEmptyForJava, cause.KeyStoreAlgorithmUnread:
		return !p.Fatal
	}
	return false
}

// String says in one line what is wrong, starting with the file's name.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.Path)
	if p.Line > 0 {
		fmt.Fprintf(&b, ", line %d", p.Line)
	}
	b.WriteString(": ")
	b.WriteString(p.sentence())
	switch {
	case p.Found != "" && p.Want != "":
		fmt.Fprintf(&b, " (found %s, want %s)", p.Found, p.Want)
	case p.Found != "":
		fmt.Fprintf(&b, " (found %s)", p.Found)
	case p.Want != "":
		fmt.Fprintf(&b, " (want %s)", p.Want)
	}
	return b.String()
}

func (p Problem) sentence() string {
	switch p.Code {
	case cause.FileNotFound:
		return "there is no such file"
	case cause.FileUnreadable:
		return "the file cannot be read"
	case cause.FilePermissionsTooOpen:
		return "other users of this machine can read the private key"
	case cause.FileEmpty:
		return "the file is empty"
	case cause.PEMWrongType:
		return "the file holds something else than expected"
	case cause.PEMTruncated:
		return "a PEM block is cut off or damaged"
	case cause.PEMBOMHidesBlock:
		return "something stands before a BEGIN line, so that other programs skip the block"
	case cause.DERNotPEM:
		return "the file is in binary DER form, where most programs expect PEM text"
	case cause.PKCS12NotPEM:
		return "the file is a key store, where PEM text is expected"
	case cause.PEMWrapped:
		return "the file holds PEM wrapped in something else"
	case cause.KubernetesDataWrong:
		return "a field of the manifest does not hold what it should"
	case cause.KeyEntryPassphraseDiffers:
		return "a key in the store has a passphrase of its own"
	case cause.TrustStoreEmptyForJava:
		return "Java sees no certificate in the key store"
	case cause.CSRSignatureInvalid:
		return "the request was not signed by its own key"
	case cause.KeyEncrypted:
		return "the private key is encrypted and needs its passphrase"
	case cause.KeyWrongPassphrase:
		return "the passphrase does not open it"
	case cause.KeyFormatUnsupported:
		if p.Role == RoleCSR {
			return "the request's key or signature is of a kind that is not used here"
		}
		return "the private key is in a form or of a kind that is not read here"
	case cause.CertKeyPairMismatch:
		return "the private key belongs to another certificate"
	case cause.CertFileOrderWrong:
		return "the certificate that the key belongs to does not stand first"
	case cause.CertMalformed:
		return "a certificate in the file is damaged or breaks the standard"
	case cause.TrustStoreUnloadable:
		return "no CA certificate could be had from it"
	case cause.ServerCertExpired, cause.ClientCertExpired, cause.TrustAnchorExpired:
		return "the certificate has expired"
	case cause.ServerCertNotYetValid, cause.ClientCertNotYetValid, cause.IssuerCertNotYetValid:
		return "the certificate is not valid yet"
	case cause.ServerNameMismatch, cause.ServerIPSANMissing:
		return "the certificate is not for the names asked for"
	case cause.ServerEKUMissingServerAuth, cause.ClientEKUMissingClientAuth:
		return "the certificate is for another purpose"
	case cause.ServerCAUntrusted, cause.ClientCAUntrustedByServer:
		return "the certificate was signed by another CA"
	case cause.IssuerNameMatchesKeyDiffers:
		return "the certificate was signed by another CA of the same name"
	case cause.CertSignatureInvalid:
		return "the certificate was changed after it was signed"
	case cause.TrustAnchorRejected:
		return "the certificate is not that of a CA"
	}
	return string(p.Code)
}

// ProblemError is an error made of problems with files, the gravest first.
type ProblemError struct {
	Problems []Problem // at least one
}

// Error lists the problems, one a line.
func (e *ProblemError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// firstFatal returns the first fatal problem as an error, or nil.
func firstFatal(problems []Problem) error {
	for i, p := range problems {
		if p.Fatal {
			rest := append([]Problem{p}, problems[:i]...)
			return &ProblemError{Problems: append(rest, problems[i+1:]...)}
		}
	}
	return nil
}
