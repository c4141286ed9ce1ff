package wire

import (
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// What a server answered to a Hello.
const (
	AnswerServerHello       = "server-hello"
	AnswerHelloRetryRequest = "hello-retry-request"
	AnswerAlert             = "alert"
	AnswerNotTLS            = "not-tls"
	AnswerEOF               = EndEOF     // it closed, with nothing of the above
	AnswerReset             = EndReset   // it broke the connection off
	AnswerTimeout           = EndTimeout // the deadline passed, or it sent without end
	AnswerError             = "error"    // the hello cannot be built, or the connection failed here; see Err
)

// An Answer is what ProbeHello learned.
type Answer struct {
	Kind string // one of the Answer constants

	// Version, CipherSuite and Group are what the server chose, or in a
	// HelloRetryRequest asks for. Group is 0 where it cannot be known: with
	// RSA key exchange, or with DHE of a group without a name.
	Version     uint16
	CipherSuite uint16
	Group       uint16

	// DHBits is the size of DHE's prime, or 0.
	DHBits int

	Alert       *Alert // the first that is more than a warning, or the only one
	ServerHello *ServerHello

	// Certificates are the server's, leaf first, and CertificateRequest is its
	// wish for the client's, where they follow in plaintext: up to TLS 1.2.
	Certificates       [][]byte
	CertificateRequest *CertificateRequest

	FirstBytes []byte // at most 256
	Err        error
	Transcript *Transcript
}

// answerLimit is how much of an answer is read: more than any plaintext flight
// of a server that means well.
const answerLimit = 128 << 10

// ProbeHello sends hello over conn and reads the plaintext of the answer until
// nothing more can be learned, or the deadline passes. It leaves conn open,
// with that deadline set; nothing else can be done with it.
func ProbeHello(conn net.Conn, hello Hello, deadline time.Time) Answer {
	out, err := hello.Marshal()
	if err != nil {
		return Answer{Kind: AnswerError, Err: err}
	}
	if err := conn.SetDeadline(deadline); err != nil {
		return Answer{Kind: AnswerError, Err: err}
	}
	start := time.Now()
	p := newParser(KeyLog{})
	p.feed(&p.client, out, 0)
	p.t.bytes[Client], p.t.first[Client] = int64(len(out)), out[:min(len(out), 256)]
	// A server may refuse before it has read everything: what it said is
	// worth more than the error of the write.
	_, writeErr := conn.Write(out)

	buf := make([]byte, 4096)
	var first []byte
	var total int64
	how := EndNone
	for how == EndNone && !p.answered() {
		n, err := conn.Read(buf)
		at := time.Since(start)
		total += int64(n)
		if n > 0 {
			first = append(first, buf[:min(n, 256-len(first))]...)
			p.feed(&p.server, buf[:n], at)
		}
		switch {
		case err == nil && total > answerLimit:
			how = EndTimeout
		case err == nil:
		case errors.Is(err, io.EOF):
			how = EndEOF
		case isReset(err):
			how = EndReset
		case errors.Is(err, os.ErrDeadlineExceeded):
			how = EndTimeout
		default:
			return Answer{Kind: AnswerError, Err: err, FirstBytes: first}
		}
		if how != EndNone {
			p.t.ends[Server] = End{How: how, At: at}
			p.close(&p.server, how, at)
		}
	}
	if how == EndEOF && writeErr != nil && isReset(writeErr) {
		how = EndReset
	}
	p.t.bytes[Server], p.t.first[Server] = total, first
	return newAnswer(p.finish(), how)
}

// answered reports whether nothing more is to be had in plaintext.
func (p *parser) answered() bool {
	if p.server.notTLS != nil || p.server.changed || p.full() {
		return true
	}
	for i := range p.t.Events {
		e := &p.t.Events[i]
		switch {
		case e.From != Server:
		case e.Message == "ServerHelloDone", e.Message == "HelloRetryRequest":
			return true
		case e.ServerHello != nil && e.ServerHello.Version == tls13:
			return true
		case e.Alert != nil && e.Alert.Level != 1:
			return true
		}
	}
	return false
}

func newAnswer(t *Transcript, how string) Answer {
	a := Answer{
		Version: t.Version(), CipherSuite: t.CipherSuite(), Group: t.Group(),
		Certificates:       t.PeerCertificates(Server),
		CertificateRequest: t.CertificateRequest(),
		FirstBytes:         t.FirstBytes(Server, 256),
		Transcript:         t,
	}
	notTLS := false
	for i := range t.Events {
		e := &t.Events[i]
		if e.From != Server {
			continue
		}
		if e.Alert != nil && (a.Alert == nil || a.Alert.Level == 1 && e.Alert.Level != 1) {
			a.Alert = e.Alert
		}
		if e.ServerKeyExchange != nil {
			a.DHBits = e.ServerKeyExchange.DHBits
		}
		notTLS = notTLS || e.Message == "NotTLS"
	}
	switch {
	case t.ServerHello() != nil:
		a.Kind, a.ServerHello = AnswerServerHello, t.ServerHello()
	case t.HelloRetryRequest() != nil:
		a.Kind, a.ServerHello = AnswerHelloRetryRequest, t.HelloRetryRequest()
	case a.Alert != nil:
		a.Kind = AnswerAlert
	case notTLS:
		a.Kind = AnswerNotTLS
	case how == EndReset:
		a.Kind = AnswerReset
	case how == EndTimeout:
		a.Kind = AnswerTimeout
	default:
		a.Kind = AnswerEOF
	}
	return a
}
