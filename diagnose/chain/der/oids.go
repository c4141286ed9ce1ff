package der

// The extensions that verifiers know. Source: RFC 5280 §4.2, and for the
// others as named.
const (
	SubjectDirectoryAttributes OID = "\x55\x1d\x09"
	SubjectKeyIdentifier       OID = "\x55\x1d\x0e"
	KeyUsage                   OID = "\x55\x1d\x0f"
	SubjectAltName             OID = "\x55\x1d\x11"
	IssuerAltName              OID = "\x55\x1d\x12"
	BasicConstraints           OID = "\x55\x1d\x13"
	CRLNumber                  OID = "\x55\x1d\x14"
	ReasonCode                 OID = "\x55\x1d\x15"
	DeltaCRLIndicator          OID = "\x55\x1d\x1b"
	IssuingDistributionPoint   OID = "\x55\x1d\x1c"
	CertificateIssuer          OID = "\x55\x1d\x1d"
	NameConstraints            OID = "\x55\x1d\x1e"
	CRLDistributionPoints      OID = "\x55\x1d\x1f"
	CertificatePolicies        OID = "\x55\x1d\x20"
	PolicyMappings             OID = "\x55\x1d\x21"
	AuthorityKeyIdentifier     OID = "\x55\x1d\x23"
	PolicyConstraints          OID = "\x55\x1d\x24"
	ExtKeyUsage                OID = "\x55\x1d\x25"
	FreshestCRL                OID = "\x55\x1d\x2e"
	InhibitAnyPolicy           OID = "\x55\x1d\x36"
	AuthorityInfoAccess        OID = "\x2b\x06\x01\x05\x05\x07\x01\x01"
	IPAddrBlocks               OID = "\x2b\x06\x01\x05\x05\x07\x01\x07" // RFC 3779
	AutonomousSystems          OID = "\x2b\x06\x01\x05\x05\x07\x01\x08" // RFC 3779
	ProxyCertInfo              OID = "\x2b\x06\x01\x05\x05\x07\x01\x0e" // RFC 3820
	TLSFeature                 OID = "\x2b\x06\x01\x05\x05\x07\x01\x18" // RFC 7633
	OCSPNoCheck                OID = "\x2b\x06\x01\x05\x05\x07\x30\x01\x05"
	NetscapeCertType           OID = "\x60\x86\x48\x01\x86\xf8\x42\x01\x01"
)

// The purposes of extended key usage. Source: RFC 5280 §4.2.1.12.
const (
	AnyExtendedKeyUsage OID = "\x55\x1d\x25\x00"
	ServerAuth          OID = "\x2b\x06\x01\x05\x05\x07\x03\x01"
	ClientAuth          OID = "\x2b\x06\x01\x05\x05\x07\x03\x02"
	CodeSigning         OID = "\x2b\x06\x01\x05\x05\x07\x03\x03"
	EmailProtection     OID = "\x2b\x06\x01\x05\x05\x07\x03\x04"
	TimeStamping        OID = "\x2b\x06\x01\x05\x05\x07\x03\x08"
	OCSPSigning         OID = "\x2b\x06\x01\x05\x05\x07\x03\x09"
	MicrosoftSGC        OID = "\x2b\x06\x01\x04\x01\x82\x37\x0a\x03\x03"
	NetscapeSGC         OID = "\x60\x86\x48\x01\x86\xf8\x42\x04\x01"
)

// Attribute types and name forms that verifiers compare.
const (
	CommonName      OID = "\x55\x04\x03"
	EmailAddress    OID = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"
	SmtpUTF8Mailbox OID = "\x2b\x06\x01\x05\x05\x07\x08\x09" // RFC 8398
)

// ExtensionName is the name by which its standard calls an extension.
func ExtensionName(o OID) string {
	switch o {
	case SubjectKeyIdentifier:
		return "subjectKeyIdentifier"
	case KeyUsage:
		return "keyUsage"
	case SubjectAltName:
		return "subjectAltName"
	case IssuerAltName:
		return "issuerAltName"
	case BasicConstraints:
		return "basicConstraints"
	case CRLNumber:
		return "cRLNumber"
	case ReasonCode:
		return "reasonCode"
	case DeltaCRLIndicator:
		return "deltaCRLIndicator"
	case IssuingDistributionPoint:
		return "issuingDistributionPoint"
	case CertificateIssuer:
		return "certificateIssuer"
	case NameConstraints:
		return "nameConstraints"
	case CRLDistributionPoints:
		return "cRLDistributionPoints"
	case CertificatePolicies:
		return "certificatePolicies"
	case PolicyMappings:
		return "policyMappings"
	case AuthorityKeyIdentifier:
		return "authorityKeyIdentifier"
	case PolicyConstraints:
		return "policyConstraints"
	case ExtKeyUsage:
		return "extendedKeyUsage"
	case FreshestCRL:
		return "freshestCRL"
	case InhibitAnyPolicy:
		return "inhibitAnyPolicy"
	case AuthorityInfoAccess:
		return "authorityInfoAccess"
	case ProxyCertInfo:
		return "proxyCertInfo"
	case TLSFeature:
		return "tlsfeature"
	case OCSPNoCheck:
		return "id-pkix-ocsp-nocheck"
	case NetscapeCertType:
		return "netscape-cert-type"
	}
	return "extension " + o.String()
}
