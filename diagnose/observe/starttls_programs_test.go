package observe

import (
	"context"
	"crypto/tls"
	"net"
	"testing"
	"time"

	"mutual/diagnose/observe/starttls"
	"mutual/fixtures/stack"
)

// TestStartTLSPrograms upgrades connections to real databases, and finds out
// by their banners that they want it.
func TestStartTLSPrograms(t *testing.T) {
	for _, c := range []struct {
		kind     stack.Kind
		protocol string
		speaks   bool // first
	}{{stack.Postgres, "postgres", false}, {stack.MariaDB, "mysql", true}} {
		t.Run(string(c.kind), func(t *testing.T) {
			stack.Need(t, c.kind)
			p := newTestPKI(t)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			server, err := stack.Start(ctx, c.kind, stack.Config{Dir: t.TempDir(), CertFile: p.path("server-crt.pem"), KeyFile: p.path("server-key.pem")})
			if err != nil {
				t.Fatal(err)
			}
			defer server.Stop()
			dial := func(ctx context.Context) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "tcp", server.Addr)
			}
			conn, err := dial(ctx)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := starttls.Start(ctx, conn, c.protocol, "localhost"); err != nil {
				t.Fatalf("Start(%q) = %v, want nil", c.protocol, err)
			}
			if err := tls.Client(conn, &tls.Config{RootCAs: p.roots(), ServerName: "localhost"}).HandshakeContext(ctx); err != nil {
				t.Errorf("TLS after Start(%q) = %v, want nil", c.protocol, err)
			}
			var banner []byte
			if c.speaks {
				banner = greetingOf(t, dial)
				if got := starttls.Recognise(banner); got != c.protocol {
					t.Errorf("Recognise(%q) = %q, want %q", banner, got, c.protocol)
				}
			}
			if got, offers := starttls.Offers(ctx, dial, "localhost", banner); got != c.protocol {
				t.Errorf("Offers(%q) = %q, want %q; %v", banner, got, c.protocol, offers)
			}
		})
	}
}

// greetingOf is what a server says unasked.
func greetingOf(t *testing.T, dial func(context.Context) (net.Conn, error)) []byte {
	t.Helper()
	conn, err := dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	b := make([]byte, 256)
	n, err := conn.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return b[:n]
}
