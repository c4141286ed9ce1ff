package wire

import (
	"strconv"
	"strings"
	"time"

	"mutual/diagnose/cause"
)

// A Transcript is what a connection's two directions said, in order. The
// slices in it and in its messages must not be modified.
type Transcript struct {
	Events []Event

	// Truncated says that more passed than was kept or read, and that Events
	// therefore ends early.
	Truncated bool

	version uint16
	suite   uint16
	group   uint16
	first   map[string][]byte
	data    map[string][]byte // of the application, decrypted: the first bytes
	bytes   map[string]int64
	ends    map[string]End
}

// An Event is one message. At most one of the typed pointers is set, and only
// if the message was whole, readable and well-formed.
type Event struct {
	// At is the time since the connection was made, when the last byte of the
	// message had passed.
	At   time.Duration
	From string // Client or Server

	// Message is the name of the message: those of RFC 8446 and RFC 5246
	// ("ClientHello", "Certificate", "Alert", "ApplicationData", ...), and
	// besides "HelloRetryRequest"; "Handshake" for a handshake message that
	// is encrypted and cannot be read; "NotTLS" for bytes that are no TLS
	// record; "Close" for the end of the stream, as this end saw it.
	Message string

	// Detail is what a person wants to know of it, short, in one line and
	// free of control characters, such as "fatal certificate_required (116)".
	Detail string

	// Bytes is the size of the message: a handshake message with its header of
	// four bytes, an alert, application data without record headers.
	Bytes int

	// Records are the lengths, without their headers, of the records that could
	// not be read: the first 32 of those that one event stands for.
	Records []int

	Encrypted  bool // it went over the wire encrypted
	Incomplete bool // the stream ended within the message
	Malformed  bool // it does not follow its grammar; Detail says so

	Alert               *Alert
	ClientHello         *ClientHello
	ServerHello         *ServerHello // also for HelloRetryRequest
	EncryptedExtensions *EncryptedExtensions
	CertificateRequest  *CertificateRequest
	Certificate         *Certificate
	CertificateVerify   *CertificateVerify
	CertificateStatus   *CertificateStatus
	ServerKeyExchange   *ServerKeyExchange
	NewSessionTicket    *NewSessionTicket
}

// An Alert is a TLS alert (RFC 8446 §6).
type Alert struct {
	Level uint8 // 1 warning, 2 fatal
	Code  uint8
	Name  string
}

const (
	alertCloseNotify  = 0
	alertUserCanceled = 90
)

// String returns "fatal certificate_required (116)".
func (a Alert) String() string {
	s := a.Name
	if s != "alert("+strconv.Itoa(int(a.Code))+")" {
		s += " (" + strconv.Itoa(int(a.Code)) + ")"
	}
	switch a.Level {
	case 1:
		return "warning " + s
	case 2:
		return "fatal " + s
	}
	return s
}

// How the stream of a side ended.
const (
	EndNone    = "none"                      // it has not
	EndEOF     = string(cause.ClosedEOF)     // the peer closed it
	EndReset   = string(cause.ClosedReset)   // the peer, or what stands between, broke it off
	EndTimeout = string(cause.ClosedTimeout) // a deadline passed while waiting for more
	EndClosed  = "closed"                    // this end closed it
)

// An End is how a side's stream ended, one of the constants above, and when.
type End struct {
	How string
	At  time.Duration
}

// Alerts returns the events of all alerts that could be read, close_notify
// included.
func (t *Transcript) Alerts() []Event {
	var alerts []Event
	for _, e := range t.Events {
		if e.Alert != nil {
			alerts = append(alerts, e)
		}
	}
	return alerts
}

// FirstAlertFrom returns the first readable alert of a side that reports an
// error, with Alert set, or nil. The closure alerts are none (RFC 8446 §6.1:
// close_notify, and user_canceled, which Java sends whenever it closes); a
// warning of TLS 1.2, such as unrecognized_name, counts only if no fatal alert
// follows.
func (t *Transcript) FirstAlertFrom(side string) *Event {
	var warning *Event
	for i := range t.Events {
		e := &t.Events[i]
		if e.From != side || e.Alert == nil || e.Alert.Code == alertCloseNotify || e.Alert.Code == alertUserCanceled {
			continue
		}
		if e.Alert.Level != 1 || t.version == tls13 {
			return e
		}
		if warning == nil {
			warning = e
		}
	}
	return warning
}

// FirstData returns the first line, at most 128 bytes, of what a side's
// application sent inside of TLS, where a key log opened it; nothing beyond the
// line is kept.
func (t *Transcript) FirstData(side string) string {
	line, _, _ := strings.Cut(string(t.data[side]), "\r\n")
	return line
}

// ClientHello returns the first ClientHello, or nil.
func (t *Transcript) ClientHello() *ClientHello {
	if e := t.find(func(e *Event) bool { return e.ClientHello != nil }); e != nil {
		return e.ClientHello
	}
	return nil
}

// ServerHello returns the first ServerHello that is no HelloRetryRequest, or
// nil.
func (t *Transcript) ServerHello() *ServerHello {
	if e := t.find(func(e *Event) bool { return e.ServerHello != nil && !e.ServerHello.RetryRequest }); e != nil {
		return e.ServerHello
	}
	return nil
}

// HelloRetryRequest returns the server's HelloRetryRequest, or nil.
func (t *Transcript) HelloRetryRequest() *ServerHello {
	if e := t.find(func(e *Event) bool { return e.ServerHello != nil && e.ServerHello.RetryRequest }); e != nil {
		return e.ServerHello
	}
	return nil
}

// CertificateRequest returns the last CertificateRequest (a server may ask
// again, later in the connection), or nil.
func (t *Transcript) CertificateRequest() *CertificateRequest {
	if e := t.findLast(func(e *Event) bool { return e.CertificateRequest != nil }); e != nil {
		return e.CertificateRequest
	}
	return nil
}

// CertificateFrom returns the last Certificate message of a side, or nil if
// none was seen.
func (t *Transcript) CertificateFrom(side string) *Certificate {
	if e := t.findLast(func(e *Event) bool { return e.From == side && e.Certificate != nil }); e != nil {
		return e.Certificate
	}
	return nil
}

// PeerCertificates returns the DER certificates that a side sent last, leaf
// first: nil if it sent no Certificate message, empty if it sent an empty one.
func (t *Transcript) PeerCertificates(side string) [][]byte {
	if c := t.CertificateFrom(side); c != nil {
		return c.Raw
	}
	return nil
}

// OCSPStaple returns the OCSP response that the server stapled, or nil.
func (t *Transcript) OCSPStaple() []byte {
	if c := t.CertificateFrom(Server); c != nil && c.OCSPStaple != nil {
		return c.OCSPStaple
	}
	if e := t.findLast(func(e *Event) bool { return e.CertificateStatus != nil }); e != nil {
		return e.CertificateStatus.OCSPResponse
	}
	return nil
}

// NewSessionTickets returns the number of session tickets the server gave: in
// TLS 1.3, a sign that it accepted the client's certificate.
func (t *Transcript) NewSessionTickets() int { return t.Count(Server, "NewSessionTicket") }

// HandshakeFinished reports whether a side sent its Finished.
func (t *Transcript) HandshakeFinished(side string) bool { return t.Count(side, "Finished") > 0 }

// Count returns how many whole messages of that name a side sent. Application
// data that came in one piece after another counts once.
func (t *Transcript) Count(side, message string) int {
	n := 0
	for i := range t.Events {
		if e := &t.Events[i]; e.From == side && e.Message == message && !e.Incomplete {
			n++
		}
	}
	return n
}

// Version returns the negotiated version, or 0.
func (t *Transcript) Version() uint16 { return t.version }

// CipherSuite returns the negotiated cipher suite, or 0.
func (t *Transcript) CipherSuite() uint16 { return t.suite }

// Group returns the group of the key exchange, or 0 if it is not known or none
// was used.
func (t *Transcript) Group() uint16 { return t.group }

// BytesFrom returns how many bytes a side sent, as far as they have been read.
func (t *Transcript) BytesFrom(side string) int64 { return t.bytes[side] }

// FirstBytes returns the first bytes of a side's stream, at most n of the first
// 256.
func (t *Transcript) FirstBytes(side string, n int) []byte {
	b := t.first[side]
	if n < 0 {
		n = 0
	}
	return b[:min(n, len(b))]
}

// Closed returns how and when a side's stream ended.
func (t *Transcript) Closed(side string) End {
	if e := t.ends[side]; e.How != "" {
		return e
	}
	return End{How: EndNone}
}

func (t *Transcript) find(is func(*Event) bool) *Event {
	for i := range t.Events {
		if is(&t.Events[i]) {
			return &t.Events[i]
		}
	}
	return nil
}

func (t *Transcript) findLast(is func(*Event) bool) *Event {
	for i := len(t.Events) - 1; i >= 0; i-- {
		if is(&t.Events[i]) {
			return &t.Events[i]
		}
	}
	return nil
}
