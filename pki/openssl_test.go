package pki

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestFilesOfOtherPrograms loads what OpenSSL and keytool write, in the forms
// that users have.
func TestFilesOfOtherPrograms(t *testing.T) {
	w := newLoadWorld(t)
	pass := func(string) ([]byte, error) { return []byte("sesame"), nil }
	for _, tt := range []struct {
		name    string
		role    Role
		command string // with k.pem, c.pem and ca.pem in the folder; writes out
		loaded  int
		codes   string
	}{
		{"SEC 1 with parameters", RoleKey, "openssl ecparam -name prime256v1 -genkey -out out", 1, ""},
		{"PKCS#1", RoleKey, "openssl genrsa -traditional -out out 2048", 1, ""},
		{"Ed25519", RoleKey, "openssl genpkey -algorithm ed25519 -out out", 1, ""},
		{"Ed448", RoleKey, "openssl genpkey -algorithm ed448 -out out", 0, "key-format-unsupported!"},
		{"secp256k1", RoleKey, "openssl ecparam -name secp256k1 -genkey -out out", 0, "key-format-unsupported!"},
		{"brainpool", RoleKey, "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP256r1 -out out", 0, "key-format-unsupported!"},
		{"explicit curve", RoleKey, "openssl ecparam -name prime256v1 -genkey -param_enc explicit -out out", 0, "key-format-unsupported!"},
		{"RSA-PSS", RoleKey, "openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out out", 0, "key-format-unsupported!"},
		{"legacy encryption", RoleKey, "openssl ec -in k.pem -aes256 -passout pass:sesame -out out", 1, ""},
		{"PBES2", RoleKey, "openssl pkcs8 -topk8 -in k.pem -passout pass:sesame -out out", 1, ""},
		{"PBES2, 3DES, SHA-1", RoleKey, "openssl pkcs8 -topk8 -in k.pem -v2 des3 -v2prf hmacWithSHA1 -passout pass:sesame -out out", 1, ""},
		{"scrypt", RoleKey, "openssl pkcs8 -topk8 -in k.pem -scrypt -passout pass:sesame -out out", 1, ""},
		{"another passphrase", RoleKey, "openssl pkcs8 -topk8 -in k.pem -passout pass:other -out out", 0, "key-wrong-passphrase!"},
		{"PBES1", RoleKey, "openssl pkcs8 -topk8 -in k.pem -v1 PBE-SHA1-3DES -passout pass:sesame -out out", 1, ""},
		{"encrypted DER", RoleKey, "openssl pkcs8 -topk8 -in k.pem -outform DER -passout pass:sesame -out out", 1, "der-not-pem"},
		{"x509 -text", RoleCert, "openssl x509 -in c.pem -text -out out", 1, ""},
		{"x509 -trustout", RoleCert, "openssl x509 -in ca.pem -trustout -addtrust serverAuth -setalias x -out out", 1, "pem-wrong-type"},
		{"PKCS#7", RoleCert, "openssl crl2pkcs7 -nocrl -certfile c.pem -certfile ca.pem -out out", 2, "pem-wrong-type"},
		{"PKCS#7 in DER", RoleCert, "openssl crl2pkcs7 -nocrl -certfile c.pem -certfile ca.pem -outform DER -out out", 2, "der-not-pem"},
		{"PKCS#12", RoleCert, "openssl pkcs12 -export -in c.pem -inkey k.pem -certfile ca.pem -passout pass:sesame -out out", 2, "key-store-algorithm-unread pkcs12-not-pem"},
		{"PKCS#12 as a key", RoleKey, "openssl pkcs12 -export -in c.pem -inkey k.pem -passout pass:sesame -out out", 1, "key-store-algorithm-unread pkcs12-not-pem"},
		{"PKCS#12 to PEM, with bag attributes", RoleCert, "openssl pkcs12 -export -in c.pem -inkey k.pem -passout pass:sesame -out p12 && openssl pkcs12 -in p12 -passin pass:sesame -nodes -out out", 1, ""},
		{"signing request", RoleCSR, "openssl req -new -key k.pem -subj /CN=x -out out", 1, ""},
		{"signing request in DER", RoleCSR, "openssl req -new -key k.pem -subj /CN=x -outform DER -out out", 1, ""},
		{"Diffie-Hellman parameters", RoleCert, "openssl dhparam -out out -dsaparam 512", 0, "pem-wrong-type!"},
		{"keytool's trust store", RoleTrust, "keytool -importcert -noprompt -alias ca -file ca.pem -storetype PKCS12 -keystore out -storepass sesame", 1, "key-store-algorithm-unread pkcs12-not-pem"},
		{"keytool's JKS", RoleTrust, "keytool -importcert -noprompt -alias ca -file ca.pem -storetype JKS -keystore out -storepass sesame", 1, "pkcs12-not-pem"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			program(t, strings.Fields(tt.command)[0])
			dir := t.TempDir()
			mustWrite(t, filepath.Join(dir, "k.pem"), w.keyPEM, 0o600)
			mustWrite(t, filepath.Join(dir, "c.pem"), w.leafPEM, 0o644)
			mustWrite(t, filepath.Join(dir, "ca.pem"), w.caPEM, 0o644)
			cmd := exec.CommandContext(t.Context(), program(t, "sh"), "-c", "umask 077; "+tt.command)
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", tt.command, err, out)
			}
			f := Load(filepath.Join(dir, "out"), tt.role, pass)
			loaded := map[Role]int{RoleKey: len(f.Keys), RoleCert: len(f.Certs), RoleTrust: len(f.Certs), RoleCSR: len(f.CSRs)}[tt.role]
			if loaded != tt.loaded || codesOf(f.Problems) != tt.codes {
				t.Errorf("Load() = %d, problems %v, want %d, %q", loaded, f.Problems, tt.loaded, tt.codes)
			}
		})
	}
}
