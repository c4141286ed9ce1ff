package observe

import (
	"bytes"
	"crypto/x509"
	"errors"

	"mutual/pki"
)

var errRevoked = errors.New("the client's certificate is revoked")

// servedList is a revocation list by which clients are judged.
type servedList struct {
	*x509.RevocationList
	serials map[string]bool // as big.Int has them
}

// loadLists reads the revocation lists of a server.
func (m *material) loadLists(paths []string) error {
	for _, path := range paths {
		file := pki.Load(path, pki.RoleCRL, nil)
		if err := file.Err(); err != nil {
			return err
		}
		for _, list := range file.CRLs {
			served := servedList{list, map[string]bool{}}
			for _, entry := range list.RevokedCertificateEntries {
				served.serials[entry.SerialNumber.String()] = true
			}
			m.lists = append(m.lists, served)
		}
	}
	return nil
}

// revoked reports whether one of the certificates that a client sent stands on
// a list of the CA that signed it: one of the server's CAs, or one that the
// client sent along. A list that has ended counts, for who is on it stays
// revoked; it keeps nobody else out. A list whose signature does not fit says
// nothing.
func (m *material) revoked(sent []*x509.Certificate) bool {
	for i, cert := range sent {
		for _, list := range m.lists {
			if !list.serials[cert.SerialNumber.String()] || !bytes.Equal(list.RawIssuer, cert.RawIssuer) {
				continue
			}
			for _, ca := range append(m.clients[:len(m.clients):len(m.clients)], sent[i+1:]...) {
				if bytes.Equal(ca.RawSubject, cert.RawIssuer) && cert.CheckSignatureFrom(ca) == nil && list.CheckSignatureFrom(ca) == nil {
					return true
				}
			}
		}
	}
	return false
}
