package pki

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// program is the path of a program that the test needs. Without it the test is
// skipped by name, in CI it fails.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed", name)
	}
	return path
}

// mutualServer serves a folder made by Init over mutual TLS, and returns its
// address.
func mutualServer(t *testing.T, dir string) string {
	t.Helper()
	pair := LoadPair(filepath.Join(dir, "server-crt.pem"), filepath.Join(dir, "server-key.pem"), nil)
	if err := pair.Err(); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "hello "+r.TLS.PeerCertificates[0].Subject.CommonName)
	}))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{pair.TLS()}, ClientAuth: tls.RequireAndVerifyClientCert,
		ClientCAs: LoadTrust(filepath.Join(dir, "ca-crt.pem")).Pool()}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	_, port, err := net.SplitHostPort(srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return "https://localhost:" + port
}

// TestAccepted has the programs of the world judge what Init makes, each under
// its strict defaults, for both ends.
func TestAccepted(t *testing.T) {
	for _, kt := range KeyTypes() {
		t.Run(string(kt), func(t *testing.T) {
			if testing.Short() && kt != P256 {
				t.Skip("P-256 stands for all in a short run")
			}
			dir := t.TempDir()
			mustInit(t, dir, InitOptions{Now: time.Now(), KeyType: kt, Hosts: []string{"localhost", "127.0.0.1", "::1"}})
			url := mutualServer(t, dir)
			run := func(t *testing.T, want, name string, args ...string) {
				t.Helper()
				cmd := exec.CommandContext(t.Context(), program(t, name), args...)
				cmd.Dir = dir
				out, err := cmd.CombinedOutput()
				if err != nil || !strings.Contains(string(out), want) {
					t.Errorf("%s %s = %v, want %q in\n%s", name, strings.Join(args, " "), err, want, out)
				}
			}
			t.Run("go", func(t *testing.T) {
				pair := LoadPair(filepath.Join(dir, "client-crt.pem"), filepath.Join(dir, "client-key.pem"), nil)
				client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{
					RootCAs: LoadTrust(filepath.Join(dir, "ca-crt.pem")).Pool(), Certificates: []tls.Certificate{pair.TLS()}}}}
				resp, err := client.Get(url)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				if body, _ := io.ReadAll(resp.Body); string(body) != "hello client" {
					t.Errorf("Get() = %q, want hello client", body)
				}
			})
			t.Run("openssl", func(t *testing.T) {
				for _, end := range []string{"server", "client"} {
					run(t, "OK", "openssl", "verify", "-x509_strict", "-check_ss_sig", "-purpose", "ssl"+end, "-CAfile", "ca-crt.pem", end+"-crt.pem")
				}
				run(t, "OK", "openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "localhost", "-CAfile", "ca-crt.pem", "server-crt.pem")
			})
			t.Run("curl", func(t *testing.T) {
				run(t, "hello client", "curl", "-sS", "--cacert", "ca-crt.pem", "--cert", "client-crt.pem", "--key", "client-key.pem", url)
			})
			t.Run("node", func(t *testing.T) {
				run(t, "hello client", "node", "-e", nodeClient, url)
			})
			t.Run("python", func(t *testing.T) {
				run(t, "hello client", "python3", "-c", pythonClient, url)
			})
			t.Run("java", func(t *testing.T) {
				program(t, "javac") // a JRE alone cannot run a source file
				source := filepath.Join(t.TempDir(), "Client.java")
				mustWrite(t, source, javaClient, 0o644)
				algorithm := map[string]string{"r": "RSA", "p": "EC", "e": "Ed25519"}[string(kt[0])]
				run(t, "hello client", "java", "-XX:TieredStopAtLevel=1", source, url, algorithm)
			})
		})
	}
}

const nodeClient = `
const fs = require('fs'), https = require('https')
https.get(process.argv[1], {ca: fs.readFileSync('ca-crt.pem'), cert: fs.readFileSync('client-crt.pem'), key: fs.readFileSync('client-key.pem')},
  res => res.on('data', d => process.stdout.write(d))).on('error', e => { console.error(e); process.exit(1) })
`

const pythonClient = `
import ssl, sys, urllib.request
ctx = ssl.create_default_context(cafile='ca-crt.pem')
ctx.verify_flags |= ssl.VERIFY_X509_STRICT
ctx.load_cert_chain('client-crt.pem', 'client-key.pem')
print(urllib.request.urlopen(sys.argv[1], context=ctx).read().decode())
`

// javaClient has the JDK's default trust manager judge both ends' chains, and
// then connects with host name verification.
const javaClient = `
import java.io.*; import java.net.*; import java.nio.file.*; import java.security.*; import java.security.cert.*; import java.security.spec.*; import java.util.*; import javax.net.ssl.*;
public class Client {
  static X509Certificate cert(String f) throws Exception {
    try (InputStream in = new FileInputStream(f)) { return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in); }
  }
  public static void main(String[] a) throws Exception {
    KeyStore trust = KeyStore.getInstance("PKCS12"); trust.load(null, null); trust.setCertificateEntry("ca", cert("ca-crt.pem"));
    TrustManagerFactory tmf = TrustManagerFactory.getInstance("PKIX"); tmf.init(trust);
    X509TrustManager tm = (X509TrustManager) tmf.getTrustManagers()[0];
    String auth = a[1].equals("RSA") ? "ECDHE_RSA" : "ECDHE_ECDSA";
    tm.checkServerTrusted(new X509Certificate[]{cert("server-crt.pem")}, auth);
    tm.checkClientTrusted(new X509Certificate[]{cert("client-crt.pem")}, a[1]);
    String pem = Files.readString(Path.of("client-key.pem")).replaceAll("-----[A-Z ]+-----|\\s", "");
    PrivateKey key = KeyFactory.getInstance(a[1]).generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
    KeyStore own = KeyStore.getInstance("PKCS12"); own.load(null, null); own.setKeyEntry("k", key, new char[0], new java.security.cert.Certificate[]{cert("client-crt.pem")});
    KeyManagerFactory kmf = KeyManagerFactory.getInstance("PKIX"); kmf.init(own, new char[0]);
    SSLContext ctx = SSLContext.getInstance("TLS"); ctx.init(kmf.getKeyManagers(), tmf.getTrustManagers(), null);
    HttpsURLConnection c = (HttpsURLConnection) new URL(a[0]).openConnection(); c.setSSLSocketFactory(ctx.getSocketFactory());
    System.out.println(new String(c.getInputStream().readAllBytes()));
  }
}
`

// TestProfile holds what RFC 5280 asks of the certificates, field by field.
func TestProfile(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 500, time.UTC)
	ca, err := NewCA(CASpec{Subject: mustSubject(t, "CN=Test CA"), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	key, err := GenerateKey(RSA2048)
	if err != nil {
		t.Fatal(err)
	}
	critical := func(c *x509.Certificate) string {
		var list []string
		for _, e := range c.Extensions {
			if e.Critical {
				list = append(list, e.Id.String())
			}
		}
		return strings.Join(list, " ")
	}
	if c := ca.Cert; !c.IsCA || !c.MaxPathLenZero || c.KeyUsage != x509.KeyUsageCertSign|x509.KeyUsageCRLSign || critical(c) != "2.5.29.15 2.5.29.19" ||
		len(c.SubjectKeyId) != 20 || string(c.AuthorityKeyId) != string(c.SubjectKeyId) || len(c.ExtKeyUsage) != 0 ||
		!c.NotBefore.Equal(now.Truncate(time.Second).Add(-time.Hour)) || !c.NotAfter.Equal(now.Truncate(time.Second).AddDate(0, 0, 3650)) {
		t.Errorf("CA is %+v", c)
	}
	for _, tt := range []struct {
		purpose Purpose
		usage   x509.KeyUsage
		eku     x509.ExtKeyUsage
	}{
		{Server, x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, x509.ExtKeyUsageServerAuth},
		{Client, x509.KeyUsageDigitalSignature, x509.ExtKeyUsageClientAuth},
	} {
		c, err := ca.Issue(LeafSpec{Purpose: tt.purpose, Subject: mustSubject(t, "CN=x"), Now: now}, key.Public())
		if err != nil {
			t.Fatal(err)
		}
		if c.IsCA || !c.BasicConstraintsValid || c.KeyUsage != tt.usage || len(c.ExtKeyUsage) != 1 || c.ExtKeyUsage[0] != tt.eku || critical(c) != "2.5.29.15 2.5.29.19" ||
			string(c.AuthorityKeyId) != string(ca.Cert.SubjectKeyId) || len(c.SubjectKeyId) != 20 {
			t.Errorf("%s certificate is %+v", tt.purpose, c)
		}
		if n := c.SerialNumber.BitLen(); n < 64 || n > 128 {
			t.Errorf("%s serial has %d bits, want a random number of 128", tt.purpose, n)
		}
	}
	if _, err := ca.Issue(LeafSpec{Purpose: Client, Subject: mustSubject(t, "CN=Test CA"), Now: now}, key.Public()); err == nil {
		t.Error("Issue() with the CA's own name = nil")
	}
	if _, err := ca.Issue(LeafSpec{Purpose: Client, Now: now}, key.Public()); err == nil {
		t.Error("Issue() without any name = nil")
	}
	if _, err := ca.Issue(LeafSpec{Purpose: Client, Subject: mustSubject(t, "CN=x"), Now: now.AddDate(11, 0, 0)}, key.Public()); err == nil {
		t.Error("Issue() after the CA's end = nil")
	}
}
