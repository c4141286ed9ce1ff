package diagnose

// The alerts that rules read. Source: RFC 8446 §6.2.
const (
	alertHandshakeFailure       = 40
	alertBadCertificate         = 42
	alertUnsupportedCertificate = 43
	alertCertificateRevoked     = 44
	alertCertificateExpired     = 45
	alertCertificateUnknown     = 46
	alertIllegalParameter       = 47
	alertUnknownCA              = 48
	alertAccessDenied           = 49
	alertDecodeError            = 50
	alertDecryptError           = 51
	alertProtocolVersion        = 70
	alertInsufficientSecurity   = 71
	alertInternalError          = 80
	alertInappropriateFallback  = 86
	alertUnrecognizedName       = 112
	alertCertificateRequired    = 116
	alertNoApplicationProtocol  = 120
)

// serverAlert is the code of the alert by which the server ended the base
// attempt, or 0.
func (f *Facts) serverAlert() int {
	if a := f.base().Alert; a != nil && a.From == ServerSide {
		return a.Code
	}
	return 0
}
