package pki

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mutual/diagnose/cause"
)

// TestInspectMakers reads what real programs write. The pass is sesame.
func TestInspectMakers(t *testing.T) {
	w := newLoadWorld(t)
	const (
		cert, key = "certificate/PKCS#12 key", "private key/PKCS#12 closed key"
		p12       = "openssl pkcs12 -export -passout pass:sesame -out out -inkey k.pem -in c.pem "
		legacy    = "openssl pkcs12 -export -legacy -provider default -passout pass:sesame -out out -inkey k.pem -in c.pem "
		req       = "openssl req -new -subj /CN=x -out out "
		genkey    = "openssl genpkey -out key "
		pkcs8     = "openssl pkcs8 -topk8 -in k.pem -passout pass:sesame -out out "
		crl       = "printf '[ca]\\ndefault_ca=c\\n[c]\\ndatabase=index\\ndefault_md=sha256\\ndefault_crl_days=30\\n' >ca.cnf && : >index && " +
			"openssl ca -config ca.cnf -gencrl -keyfile cak.pem -cert ca.pem -out crl 2>/dev/null && "
		keytool = "keytool -genkeypair -alias one -dname CN=k -keyalg EC -keystore out -storepass sesame "
	)
	algorithms := []cause.Code{cause.KeyStoreAlgorithmUnread}
	for _, tt := range []struct {
		name, command string
		want          []string
		problems      []cause.Code
	}{
		{"PKCS#12 of today", p12, []string{cert, key}, algorithms},
		{"certificates only", "openssl pkcs12 -export -nokeys -passout pass:sesame -out out -in c.pem", []string{cert}, []cause.Code{cause.KeyStoreAlgorithmUnread, cause.TrustStoreEmptyForJava}},
		{"a key only", "openssl pkcs12 -export -nocerts -passout pass:sesame -out out -inkey k.pem", []string{key}, algorithms},
		{"no MAC", p12 + "-nomac", []string{cert, key}, algorithms},
		{"MAC with SHA-384", p12 + "-macalg sha384", []string{cert, key}, algorithms},
		{"MAC with SHA3-256", p12 + "-macalg sha3-256", []string{cert, key}, algorithms},
		{"3DES and SHA-1", legacy + "-certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES", []string{cert, key}, nil},
		{"RC2-40", legacy + "-certpbe PBE-SHA1-RC2-40 -keypbe PBE-SHA1-3DES", []string{cert, key}, algorithms},
		{"RC2-128", legacy + "-certpbe PBE-SHA1-RC2-128 -keypbe PBE-SHA1-RC2-128", []string{cert, key}, algorithms},
		{"RC4-128", legacy + "-certpbe PBE-SHA1-RC4-128 -keypbe PBE-SHA1-RC4-40", []string{cert, key}, algorithms},
		{"PBES1 of PKCS#5", legacy + "-certpbe PBE-MD5-DES -keypbe PBE-SHA1-RC2-64", []string{cert, key}, algorithms},
		{"no encryption", p12 + "-certpbe NONE -keypbe NONE", []string{cert, "private key/PKCS#12 key"}, nil},
		{"GnuTLS, RC4", "certtool --to-p12 --pkcs-cipher arcfour --load-certificate c.pem --load-privkey k.pem --outder --outfile out --password sesame --p12-name x", []string{cert, key}, algorithms},
		{"NSS, in BER", "certutil -N -d sql:. --empty-password && " + strings.Replace(p12, "-out out", "-out in -name x", 1) + " && pk12util -i in -d sql:. -W sesame && pk12util -o out -n x -d sql:. -W sesame", []string{key, cert}, algorithms},
		{"keytool, several keys", keytool + "-storetype PKCS12 && " + strings.Replace(keytool, "one", "two", 1), []string{key, key, cert, cert}, algorithms},
		{"keytool, trusted", "keytool -importcert -noprompt -alias ca -file ca.pem -storetype PKCS12 -keystore out -storepass sesame", []string{cert}, algorithms},
		{"keytool, a password", "printf 'secret1\\nsecret1\\n' | keytool -importpass -alias x -storetype PKCS12 -keystore out -storepass sesame", []string{"secret/PKCS#12"}, nil},
		{"JKS", keytool + "-storetype JKS -keypass sesame", []string{"certificate/JKS key", "private key/JKS closed key"}, nil},
		{"JKS, key under another passphrase", keytool + "-storetype JKS -keypass another", []string{"certificate/JKS key", "private key/JKS closed ?"}, []cause.Code{cause.KeyEntryPassphraseDiffers}},
		{"JCEKS", keytool + "-storetype JCEKS -keypass sesame", []string{"certificate/JCEKS key", "private key/JCEKS closed !"}, nil},

		{"PKCS#8, PBES1", pkcs8 + "-v1 PBE-MD5-DES -provider legacy -provider default", []string{"private key/PEM closed key"}, nil},
		{"PKCS#8, HMAC-SHA512", pkcs8 + "-v2prf hmacWithSHA512", []string{"private key/PEM closed key"}, nil},
		{"PKCS#8, ARIA", pkcs8 + "-v2 aria-256-cbc", []string{"private key/PEM closed !"}, nil},
		{"PKCS#8, Camellia", pkcs8 + "-v2 camellia-256-cbc", []string{"private key/PEM closed !"}, nil},
		{"Ed448 key", "openssl genpkey -algorithm ed448 -out out", []string{"private key/PEM !"}, nil},

		{"CRL v1", crl + "cp crl out", []string{"revocation list/PEM"}, nil},
		{"CRL v1 in DER", crl + "openssl crl -in crl -outform DER -out out", []string{"revocation list/DER"}, nil},
		{"PKCS#7 with a list alone", crl + "openssl crl2pkcs7 -in crl -out out", []string{"revocation list/PKCS#7"}, nil},
		{"CMS, encrypted", genkey + "-algorithm RSA && openssl req -x509 -new -key key -subj /CN=r -out r.pem && openssl cms -encrypt -in c.pem -outform PEM -out out r.pem", []string{"CMS message/PKCS#7 !"}, nil},
		{"CMS, signed, in BER", "openssl cms -sign -signer ca.pem -inkey cak.pem -in c.pem -outform DER -stream -nodetach -out out", []string{"certificate/PKCS#7 key", "CMS message/PKCS#7 !"}, nil},
		{"OCSP response", ": >index && openssl ocsp -issuer ca.pem -serial 5 -reqout req && openssl ocsp -index index -rsigner ca.pem -rkey cak.pem -CA ca.pem -reqin req -respout out", []string{"OCSP response/DER"}, nil},

		{"OCSP request", "openssl ocsp -issuer ca.pem -serial 5 -reqout out", []string{"OCSP request/DER"}, nil},
		{"DSA key of old", "openssl dsaparam -out p 1024 && openssl gendsa p 2>/dev/null | openssl dsa -traditional -outform DER -out out 2>/dev/null || openssl gendsa p | openssl dsa -outform DER -out out", []string{"private key/DER !"}, nil},
		{"key with explicit curve parameters", "openssl ecparam -name prime256v1 -genkey -noout -param_enc explicit -out out", []string{"private key/PEM !"}, nil},

		{"request, SHA-224", req + "-key k.pem -sha224", []string{"certificate request/PEM key"}, nil},
		{"request, SHA3", genkey + "-algorithm RSA && " + req + "-key key -sha3-256", []string{"certificate request/PEM key"}, nil},
		{"request, MD5", genkey + "-algorithm RSA && " + req + "-key key -md5", []string{"certificate request/PEM key"}, nil},
		{"request, PSS", genkey + "-algorithm RSA-PSS && " + req + "-key key", []string{"certificate request/PEM"}, nil},
		{"request, Ed448", genkey + "-algorithm ed448 && " + req + "-key key", []string{"certificate request/PEM"}, nil},
		{"request, secp256k1", genkey + "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 && " + req + "-key key", []string{"certificate request/PEM"}, nil},
		{"request, DSA", "openssl dsaparam -out p 1024 && openssl gendsa -out key p && " + req + "-key key", []string{"certificate request/PEM key"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := makersFolder(t, w)
			for _, name := range []string{"openssl", "certtool", "keytool", "pk12util"} {
				if strings.Contains(tt.command, name) {
					program(t, name)
				}
			}
			shell(t, dir, tt.command)
			c := Inspect(filepath.Join(dir, "out"), func(string) ([]byte, error) { return []byte("sesame"), nil })
			var items []string
			for _, i := range c.Items {
				items = append(items, itemWords(i))
			}
			var problems []cause.Code
			for _, p := range c.Problems {
				if p.Code != cause.FilePermissionsTooOpen {
					problems = append(problems, p.Code)
				}
			}
			if !slices.Equal(items, tt.want) || !slices.Equal(problems, tt.problems) {
				t.Errorf("Inspect(%s) = %q, problems %q, want %q, problems %q", tt.name, items, c.Problems, tt.want, tt.problems)
			}
		})
	}
}

// itemWords is kind/form, with " closed", " key", " ?" for a fault and " !" for a
// remark.
func itemWords(i Item) string {
	words := string(i.Kind) + "/" + i.Form
	for _, w := range []struct {
		word string
		is   bool
	}{{" closed", i.Encrypted}, {" key", i.Public != nil}, {" ?", i.Reason != ""}, {" !", i.Remark != ""}} {
		if w.is {
			words += w.word
		}
	}
	return words
}

// makersFolder is a folder with k.pem, c.pem, ca.pem and the CA's key cak.pem.
func makersFolder(t *testing.T, w loadWorld) string {
	t.Helper()
	dir := t.TempDir()
	mustWrite(t, filepath.Join(dir, "k.pem"), w.keyPEM, 0o600)
	mustWrite(t, filepath.Join(dir, "c.pem"), w.leafPEM, 0o644)
	mustWrite(t, filepath.Join(dir, "ca.pem"), w.caPEM, 0o644)
	mustWrite(t, filepath.Join(dir, "cak.pem"), mustKeyPEM(t, w.ca.Key), 0o600)
	return dir
}

func shell(t *testing.T, dir, command string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program(t, "sh"), "-c", "umask 077; "+command)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	return string(out)
}

// TestCleanIsRead has what Clean writes of each form read by OpenSSL, which must
// see the same certificate and the same key.
func TestCleanIsRead(t *testing.T) {
	w := newLoadWorld(t)
	for _, tt := range []struct{ name, command string }{
		{"PKCS#12", "openssl pkcs12 -export -passout pass:sesame -out out -inkey k.pem -in c.pem -certfile ca.pem"},
		{"PKCS#12 under RC2", "openssl pkcs12 -export -legacy -passout pass:sesame -out out -inkey k.pem -in c.pem -certfile ca.pem"},
		{"JKS", "openssl pkcs12 -export -passout pass:sesame -out p12 -inkey k.pem -in c.pem -certfile ca.pem -name x && keytool -importkeystore -srckeystore p12 " +
			"-srcstorepass sesame -destkeystore out -deststoretype JKS -deststorepass sesame"},
		{"the CA first, in one line", "cat ca.pem c.pem k.pem | awk '{printf \"%s\\\\n\", $0}' > out"},
		{"UTF-16", "cat ca.pem k.pem c.pem | iconv -t UTF-16 > out"},
		{"base64 twice", "cat c.pem ca.pem k.pem | base64 | base64 > out"},
		{"a Secret", "printf 'kind: Secret\\nmetadata: {name: x}\\ndata:\\n  tls.crt: %s\\n  tls.key: %s\\n' $(cat c.pem ca.pem | base64 -w0) $(base64 -w0 k.pem) > out"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			program(t, "openssl")
			if tt.name == "JKS" {
				program(t, "keytool")
			}
			dir := makersFolder(t, w)
			shell(t, dir, tt.command)
			made, err := CleanFile(filepath.Join(dir, "out"), filepath.Join(dir, "new.pem"), func(string) ([]byte, error) { return []byte("sesame"), nil })
			if err != nil {
				t.Fatal(err)
			}
			if made.Certificates != 2 || made.Keys != 1 || made.Others != 0 {
				t.Errorf("CleanFile() = %d certificates, %d keys, %d others, want 2, 1, 0", made.Certificates, made.Keys, made.Others)
			}
			for _, c := range []string{"openssl x509 -noout -fingerprint -in ", "openssl pkey -pubout -in "} {
				want := "c.pem"
				if strings.Contains(c, "pkey") {
					want = "k.pem"
				}
				if got, want := shell(t, dir, c+"new.pem"), shell(t, dir, c+want); got != want {
					t.Errorf("%snew.pem = %s, want %s", c, got, want)
				}
			}
			if _, err := CleanFile(filepath.Join(dir, "out"), filepath.Join(dir, "c.pem"), func(string) ([]byte, error) { return []byte("sesame"), nil }); err == nil {
				t.Error("CleanFile() overwrites a file that is there")
			}
		})
	}
}
