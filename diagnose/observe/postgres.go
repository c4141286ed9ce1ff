package observe

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"strings"

	"mutual/diagnose"
)

// askPostgres sends PostgreSQL's start-up message over the finished handshake:
// whether a client without a certificate may come in is decided after it, by
// pg_hba.conf. The user is the one that the certificate names, as for the
// method cert. Nothing follows an answer.
// Source: PostgreSQL documentation §55.2.1, §55.7, §55.8.
func (p *prober) askPostgres(o *outcome, conn *tls.Conn, cred *credential) {
	user := "postgres"
	if len(cred.cert.Certificate) > 0 {
		if leaf, err := x509.ParseCertificate(cred.cert.Certificate[0]); err == nil && leaf.Subject.CommonName != "" {
			user = strings.ReplaceAll(leaf.Subject.CommonName, "\x00", "")
		}
	}
	body := binary.BigEndian.AppendUint32(nil, 3<<16)
	for _, word := range []string{"user", user, "database", "postgres", "application_name", "mutual", ""} {
		body = append(append(body, word...), 0)
	}
	conn.SetDeadline(p.now().Add(patience(p.cfg.Timeout)))
	if _, err := conn.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+4)), body...)); err != nil {
		return
	}
	head := make([]byte, 5)
	if _, err := io.ReadFull(conn, head); err != nil {
		return
	}
	if head[0] != 'E' { // it goes on to authentication: the certificate is settled
		conn.Write([]byte{'X', 0, 0, 0, 4})
		return
	}
	fields, _ := io.ReadAll(io.LimitReader(conn, min(int64(binary.BigEndian.Uint32(head[1:])), 8<<10)))
	for field := range bytes.SplitSeq(fields, []byte{0}) {
		if len(field) > 1 && field[0] == 'M' && bytes.Contains(field, []byte("connection requires a valid client certificate")) {
			o.FailedAt, o.Error = diagnose.AtVerdict, clean(string(field[1:]))
		}
	}
}
