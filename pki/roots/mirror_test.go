package roots

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// mirror is an HTTPS server on loopback, with a certificate of its own CA.
type mirror struct {
	*httptest.Server
	pool *x509.CertPool
	mu   sync.Mutex
	body map[string][]byte
}

func newMirror(t testing.TB) *mirror {
	t.Helper()
	m := &mirror{body: map[string][]byte{}, pool: x509.NewCertPool()}
	ca := root(t, "Mirror CA")
	m.pool.AddCert(ca.Certificate)
	own := issue(t, ca, "mirror", func(c *x509.Certificate) {
		c.IPAddresses = loopback()
		c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	})
	m.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		data, ok := m.body[r.URL.Path]
		m.mu.Unlock()
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Write(data)
	}))
	m.TLS = &tls.Config{Certificates: []tls.Certificate{own.tls()}}
	m.Config.ErrorLog = quiet()
	m.StartTLS()
	t.Cleanup(m.Close)
	return m
}

// serve puts data at a path and returns its address.
func (m *mirror) serve(path string, data []byte) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.body[path] = data
	return m.URL + path
}

// pins is a profile of synthetic roots, each at its own address.
func (m *mirror) profile(roots ...*authority) Profile {
	p := Profile{Name: "test", Title: "tests", Identity: Identity{CommonName: "Google LLC"}}
	for _, r := range roots {
		pin := pinOf(r)
		pin.URL = m.serve("/"+slug(pin.Name)+".pem", pin.PEM)
		p.Pins = append(p.Pins, pin)
	}
	return p
}

func (m *mirror) request(t testing.TB, p Profile) Request {
	return Request{Profiles: []Profile{p}, RootCAs: m.pool, Store: Store{Dir: filepath.Join(t.TempDir(), "roots")}, Now: now}
}

// snapshot is all that a store holds, to see that nothing was touched.
func snapshot(t testing.TB, s Store) string {
	t.Helper()
	entries, err := os.ReadDir(s.Dir)
	if os.IsNotExist(err) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(s.Dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(e.Name() + "\n" + string(data) + "\n")
	}
	return b.String()
}

func fetched(t testing.TB, req Request) *Result {
	t.Helper()
	result, err := Fetch(context.Background(), req)
	if err != nil {
		t.Fatalf("Fetch: %v", err)
	}
	if len(result.Problems) > 0 {
		t.Fatalf("Fetch: problems %+v, want none", result.Problems)
	}
	return result
}

func loopback() []net.IP { return []net.IP{net.IPv4(127, 0, 0, 1)} }

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
