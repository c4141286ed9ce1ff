package diagnose

import (
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"strings"
	"time"

	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
)

// PinnedRoots is what is known about pinned roots: the profiles that are in
// effect or that a bundle is checked for, and what is wrong with the store.
type PinnedRoots struct {
	// Profiles are those in effect (server view), or those that a bundle is
	// checked for (file view).
	Profiles []PinnedProfile `json:"profiles,omitempty"`
	// Enforced: the server checks the profiles' identities beside the chain.
	Enforced bool `json:"enforced,omitempty"`
	// VerifyDepth is the chain depth that a server's configuration allows;
	// nil where none was shown. VerifyDepthAt is where it stands.
	VerifyDepth   *int   `json:"verify_depth,omitempty"`
	VerifyDepthAt string `json:"verify_depth_at,omitempty"`
	// VerifyDepthSure: no other line of the configuration, and no file that
	// it takes in, can set another.
	VerifyDepthSure bool `json:"verify_depth_sure,omitempty"`
	// ConfigServer is whose configuration it is: "nginx", "Apache", "HAProxy",
	// or empty.
	ConfigServer string `json:"config_server,omitempty"`
	// IdentityCheckAt is where a shown configuration mentions the client's
	// subject; empty where it does not, or where ConfigShown is false.
	IdentityCheckAt string `json:"identity_check_at,omitempty"`
	ConfigShown     bool   `json:"config_shown,omitempty"`
	// ServerFor: the server's certificate is judged as these callers will,
	// with Trust as their trust store. Uploaded: that is what the webhook's
	// owner gave Google, in place of the public roots.
	ServerFor []Product `json:"server_for,omitempty"`
	Uploaded  bool      `json:"uploaded,omitempty"`
	// Problems are the faults of a download or of the store.
	Problems []RootProblem `json:"problems,omitempty"`
}

// PinnedProfile is a profile of pinned roots as the rules need it.
type PinnedProfile struct {
	Name     string         `json:"name"`
	Pins     []string       `json:"pins"` // SPKI SHA-256, base64
	Identity ClientIdentity `json:"identity"`
	// Product is who calls with it.
	Product Product `json:"product,omitempty"`
	// Until is the last day on which the profile's caller presents its
	// certificate, as announced; zero where no end is known. Instead names the
	// profile that follows. RefusedFrom is when a server stops taking it, zero
	// for Until itself.
	Until       time.Time `json:"until,omitzero"`
	RefusedFrom time.Time `json:"refused_from,omitzero"`
	Instead     string    `json:"instead,omitempty"`
}

// Product is one of Google's that calls webhooks with a client certificate.
type Product string

// The products, each with a certificate, a page and an end of its own.
const (
	DialogflowES Product = "es"
	DialogflowCX Product = "cx"
)

// String is the product's name.
func (p Product) String() string {
	switch p {
	case DialogflowES:
		return "Dialogflow ES"
	case DialogflowCX:
		return "Dialogflow CX"
	}
	return string(p)
}

// ProductNames are the names of several products in one: "Dialogflow ES and
// CX".
func ProductNames(list []Product) string {
	var out []string
	for i, p := range list {
		name := p.String()
		if i > 0 {
			name = strings.TrimPrefix(name, "Dialogflow ")
		}
		out = append(out, name)
	}
	return strings.Join(out, " and ")
}

// Ended reports whether the profile's certificate is refused by now, because
// its caller no longer presents it.
func (p PinnedProfile) Ended(now time.Time) bool {
	from := p.RefusedFrom
	if from.IsZero() {
		from = p.Until
	}
	return !from.IsZero() && !now.Before(from)
}

// RootProblem is one fault of a download or of the store of pinned roots.
type RootProblem struct {
	Kind RootProblemKind `json:"kind"`
	// Profile and Root name what is concerned; File is where it stands.
	Profile string `json:"profile,omitempty"`
	Root    string `json:"root,omitempty"`
	File    string `json:"file,omitempty"`
	Want    string `json:"want,omitempty"`
	Got     string `json:"got,omitempty"`
}

// RootProblemKind is the code of the rule that explains the problem.
type RootProblemKind = Code

// The kinds of problems with pinned roots.
const (
	RootsPinMismatch   RootProblemKind = cause.RootsPinMismatch
	RootsUnknownRoot   RootProblemKind = cause.RootsUnknownRoot
	RootsOlderBundle   RootProblemKind = cause.RootsOlderBundle
	RootsMalformed     RootProblemKind = cause.RootsDownloadMalformed
	RootsStoreChanged  RootProblemKind = cause.RootsStoreChanged
	RootsNoneLeft      RootProblemKind = cause.RootsNoneLeft
	RootsUpdateWaiting RootProblemKind = cause.RootsUpdateWaiting
	RootsExpired       RootProblemKind = cause.RootsPinnedRootExpired
	RootsExpiring      RootProblemKind = cause.RootsPinnedRootExpiring
)

// ClientIdentity is who a client has to be, beside having a chain to a trusted
// root. The zero value matches nobody.
type ClientIdentity struct {
	// CommonName is the subject's one CN, byte for byte.
	CommonName string `json:"common_name,omitempty"`
	// DNSName is a DNS name of the certificate; "*.example.com" stands for
	// itself and for any one label in the place of its star.
	DNSName string `json:"dns_name,omitempty"`
}

// String is the identity as users write it: "CN=Google LLC".
func (id ClientIdentity) String() string {
	switch {
	case id.CommonName != "":
		return "CN=" + id.CommonName
	case id.DNSName != "":
		return "DNS name " + id.DNSName
	}
	return "nobody"
}

// Match reports whether the leaf is this identity's. A certificate with
// several CNs matches no CN: whoever reads another one than the issuer checked
// would let a stranger in.
func (id ClientIdentity) Match(leaf *x509.Certificate) bool {
	if leaf == nil || id == (ClientIdentity{}) {
		return false
	}
	if id.CommonName != "" && !slices.Equal(commonNames(leaf), []string{id.CommonName}) {
		return false
	}
	return id.DNSName == "" || slices.ContainsFunc(dnsNames(leaf), func(name string) bool {
		return matchDNS(id.DNSName, name)
	})
}

func commonNames(x *x509.Certificate) []string {
	return chain.NameValues(x.RawSubject, asn1.ObjectIdentifier{2, 5, 4, 3})
}

// dnsNames falls back to the CN only where there is no alternative name at
// all. Source: RFC 6125 §6.4.4.
func dnsNames(x *x509.Certificate) []string {
	if len(x.DNSNames)+len(x.IPAddresses)+len(x.URIs)+len(x.EmailAddresses) > 0 {
		return x.DNSNames
	}
	return commonNames(x)
}

func matchDNS(pattern, name string) bool {
	pattern, name = strings.ToLower(pattern), strings.ToLower(name)
	if pattern == name {
		return true
	}
	zone, star := strings.CutPrefix(pattern, "*.")
	label, rest, dotted := strings.Cut(name, ".")
	return star && dotted && label != "" && label != "*" && rest == zone
}
