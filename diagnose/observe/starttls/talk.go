package starttls

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"

	"mutual/diagnose/cause"
)

// talk is a conversation with a server, before TLS or inside it.
type talk struct {
	r      *bufio.Reader
	w      io.Writer
	conn   net.Conn // nil inside TLS
	client Client
	said   []string // the names of what was sent
}

func (t *talk) send(text string) error {
	_, err := io.WriteString(t.w, text)
	return err
}

// say sends text and keeps its name for the report.
func (t *talk) say(name, text string) error {
	t.said = append(t.said, name)
	return t.send(text)
}

// line reads one line without its end. Lines over 4 KiB are not of any of
// these protocols.
func (t *talk) line() (string, error) {
	b, err := t.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", otherProtocol()
	}
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}

// bytes reads n bytes.
func (t *talk) bytes(n int) ([]byte, error) {
	if n < 0 || n > talkLimit {
		return nil, otherProtocol()
	}
	b := make([]byte, n)
	_, err := io.ReadFull(t.r, b)
	return b, err
}

// The answers that a line of the application gives.

func (t *talk) failed(err error) Answer { return Answer{Err: err} }

func (t *talk) answered(words string) Answer {
	return Answer{Words: words, Established: cause.Answered}
}

func (t *talk) authorized(words string) Answer {
	return Answer{Words: words, Established: cause.Authorized}
}

// wantsLogin: the certificate was taken, and something else is missing.
func (t *talk) wantsLogin(words string) Answer {
	return Answer{Words: words, Says: cause.SaysPassword, Established: cause.RefusedOtherwise}
}

// refusedOtherwise: the certificate was taken, and the refusal is not about it.
func (t *talk) refusedOtherwise(words string) Answer {
	return Answer{Words: words, Established: cause.RefusedOtherwise}
}

// unwelcome is the application's refusal of this certificate's holder.
func (t *talk) unwelcome(words string) Answer {
	return Answer{Words: words, Says: cause.SaysNotAuthorized}
}

// aboutCertificate reads a refusal that speaks of the certificate: of the one
// shown, or of the one missing.
func (t *talk) aboutCertificate(words string) Answer {
	if t.client.Presented {
		return Answer{Words: words, Says: cause.SaysCertificateBad}
	}
	return Answer{Words: words, Says: cause.SaysCertificateMissing}
}

// speaksOfCertificates reports whether a server's words are about the client's
// certificate. They are the same in all the servers measured: Postfix ("No
// client certificate presented", "Client certificate not trusted"), Dovecot
// ("Client didn't present valid SSL certificate"), nginx ("No required SSL
// certificate", "SSL certificate error"), Exim's usual ACLs ("no verified
// certificate").
func speaksOfCertificates(words string) bool {
	return strings.Contains(strings.ToLower(words), "certificate")
}

// firstBytes keeps the start of what is read through it.
type firstBytes struct {
	r    io.Reader
	seen []byte
}

func (f *firstBytes) Read(b []byte) (int, error) {
	n, err := f.r.Read(b)
	if room := 256 - len(f.seen); room > 0 {
		f.seen = append(f.seen, b[:min(n, room)]...)
	}
	return n, err
}

// uint24le reads three bytes, least significant first, as MySQL counts.
func uint24le(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// uint32be reads four bytes, most significant first.
func uint32be(b []byte) int { return int(binary.BigEndian.Uint32(b)) }
