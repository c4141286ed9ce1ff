package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"mutual/diagnose/cause"
)

var fileRules = []Rule{
	{
		Code: cause.FileNotFound, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "There is no file {file|of that name}[, given as {role}].",
		Why:   "The name is misspelt, the file lies in another folder, or the command runs in another folder than you think.",
		Fix: Steps{Say("The name or the folder is wrong. See what is there:"), Run("ls -l {folder}"),
			Say("To make a CA, a server's and a client's certificate in a folder:"), Run("mutual init --dir {new_folder}")},
		Refs: []string{"POSIX open(2), ENOENT"},
		Find: fileProblem(cause.FileNotFound),
	},
	{
		Code: cause.FileUnreadable, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The file {file|given} cannot be read[: {found}].",
		Why:   "The file is there, but this user may not read it, or it is a folder.",
		Fix: Steps{Say("Run the command as a user who may read it, or let this one. To see who may:"),
			Run("ls -ld {file}")},
		Refs: []string{"POSIX open(2), EACCES"},
		Find: fileProblem(cause.FileUnreadable),
	},
	{
		Code: cause.FileEmpty, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The file {file|given} is empty.",
		Why: "It holds nothing but perhaps blank space. Mostly the command that should have written it failed, or the secret that it was " +
			"mounted from is empty.",
		Fix: Steps{Say("Get the file again from where it came, and look whether that went well. When it was written:"),
			Run("ls -l {file}")},
		Refs: []string{"RFC 7468 §2"},
		Find: fileProblem(cause.FileEmpty),
	},
	{
		Code: cause.PKCS12NotPEM, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The file {file|given} is a key store (PKCS#12 or Java), where most programs want PEM.",
		Why: "A .p12, .pfx or .jks file holds certificate and key together in a binary form. Most programs want them as text, " +
			"in separate PEM files.",
		Fix: Steps{Say("Take certificate and key out of it, into new files (OpenSSL 3 opens an old one, under RC2, with " +
			"-legacy only):"),
			Run("(set -C; openssl pkcs12 -in {file} -nokeys > {file+-crt.pem})"),
			Run("(umask 077; set -C; openssl pkcs12 -in {file} -nocerts -noenc > {file+-key.pem})"), again("-crt.pem -key.pem")},
		Refs: []string{"RFC 7292", "RFC 7468 §5"},
		Find: fileProblem(cause.PKCS12NotPEM),
	},
	{
		Code: cause.DERNotPEM, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The file {file|given} is in binary DER form, and most programs expect PEM text.",
		Why:   "Both forms hold the same. mutual reads either; nginx, curl, Go and Node look for a line -----BEGIN ...----- and find none.",
		Fix: Steps{Say("Turn it into PEM, in a new file (for a key: openssl pkey in place of openssl x509):"),
			Run("(set -C; openssl x509 -inform der -in {file} > {file+-new.pem})"), again("-new.pem")},
		Refs: []string{"RFC 7468 §5"},
		Find: fileProblem(cause.DERNotPEM),
	},
	{
		Code: cause.PEMBOMHidesBlock, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "Something stands before a BEGIN line in {file|the file}, so that programs skip the block after it.",
		Why: "A byte-order mark, blanks or other text before -----BEGIN makes Go and others pass over the block without a word. They then use " +
			"the next one, and say that key and certificate do not belong together. Windows editors write such marks.",
		Fix: Steps{Say("mutual reads it all the same. Have it write what the file holds into a new one, as all programs " +
			"read it:"),
			Run("mutual inspect {file} --write-pem {file+-new.pem}"), again("-new.pem")},
		Refs: []string{"RFC 7468 §2"},
		Find: fileProblem(cause.PEMBOMHidesBlock),
	},
	{
		Code: cause.PEMTruncated, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "A block in {file|the file} is cut off or damaged{place|}.",
		Why: "Between -----BEGIN and -----END stands base64 text, and here a part of it, or the END line, is missing. That happens " +
			"when a file is copied from a screen, or a variable loses its line breaks. Go and Node skip such blocks without " +
			"a word.",
		Fix: Steps{Say("Copy the file again from where it came, whole. To see where it breaks:"),
			Run("grep -n -e ----- {file}")},
		Refs: []string{"RFC 7468 §3"},
		Find: fileProblem(cause.PEMTruncated),
	},
	{
		Code: cause.PEMWrongType, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The file {file|given} [was given as {role}, but ]holds something else[: {found}].",
		Why:   "Certificate, private key, public key and signing request look alike, but for their BEGIN line. Often two file names were swapped.",
		Fix:   Steps{Say("Give the right file in its place. To see what this one holds:"), Run("mutual inspect {file}")},
		Refs:  []string{"RFC 7468 §4"},
		Find:  fileProblem(cause.PEMWrongType),
	},
	{
		Code: cause.KeyWrongPassphrase, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The passphrase does not open {file|the key}.",
		Why:   "The key is encrypted, and what was given as its passphrase is another one. A blank or line break at its end counts too.",
		Fix: Steps{Say("Try it by hand:"), Run("openssl pkey -in {file} -noout"),
			Say("Then put it into a file that only you can read:"),
			Run("mutual probe {target} {trust} --cert {cert_file} --key {file} --pass-file <file-with-the-passphrase>")},
		Refs: []string{"RFC 5958 §3"},
		Find: fileProblem(cause.KeyWrongPassphrase),
	},
	{
		Code: cause.KeyEncrypted, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The private key {file|given} is encrypted, and no passphrase was given.",
		Why:   "The key can be used only with the passphrase that it was stored with.",
		Fix: Steps{Say("Give the passphrase in a file, or in the environment variable MUTUAL_PASS:"),
			Run("mutual probe {target} {trust} --cert {cert_file} --key {file} --pass-file <file-with-the-passphrase>"),
			Say("Or store the key without one, in a new file that you alone can read:"),
			Run("(umask 077; set -C; openssl pkey -in {file} > {file+-open.pem})"), again("-open.pem")},
		Refs: []string{"RFC 5958 §3"},
		Find: fileProblem(cause.KeyEncrypted),
	},
	{
		Code: cause.KeyFormatUnsupported, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "mutual cannot use the private key {file|given}[: {found}].",
		Why: "Every TLS program reads PKCS#8, PKCS#1 and SEC 1 keys of the types RSA, ECDSA and Ed25519. OpenSSH and PuTTY keys are stored " +
			"otherwise, and keys of other types are for some programs only.",
		Fix: Steps{Say("Turn an OpenSSH key into PKCS#8, on a copy:"),
			Run("(umask 077; set -C; cat {file} > {file+-pkcs8.pem}) && ssh-keygen -p -N '' -m pkcs8 -f {file+-pkcs8.pem}"),
			again("-pkcs8.pem"),
			Say("Or make a new key, with a certificate for it."), renew("")},
		Refs: []string{"RFC 5958", "RFC 8017 §A.1.2", "RFC 5915"},
		Find: fileProblem(cause.KeyFormatUnsupported),
	},
	{
		Code: cause.CertFileOrderWrong, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The first certificate in {file|the file} is not the one that the key belongs to.",
		Why: "Programs take the first certificate of the file for their own, and the rest for the chain above it. Here the own one stands " +
			"further down, so that they say the private key does not match.",
		Fix: Steps{Say("The leaf has to stand first, then its issuer, then that one's issuer. Write them into a new file " +
			"in this order:"),
			Run("mutual inspect {file} --write-pem {file+-ordered.pem}"), again("-ordered.pem")},
		Refs: []string{"RFC 8446 §4.4.2"},
		Find: fileProblem(cause.CertFileOrderWrong),
	},
	{
		Code: cause.CertKeyPairMismatch, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The private key {file|given} does not belong to the certificate.",
		Why:   "A certificate holds a public key, and only the private key made together with it fits. One of the two files comes from another pair, often because only one of them was renewed.",
		Fix: Steps{Say("Give the key that was made with the certificate, or the certificate that was made for this key. " +
			"What the files hold:"),
			Run("mutual inspect {cert_file} {key_file}"), Say("Or by hand; both lines must be the same:"),
			Run("openssl x509 -in {cert_file} -noout -pubkey | openssl sha256"),
			Run("openssl pkey -in {key_file} -pubout | openssl sha256")},
		Refs:  []string{"RFC 5280 §4.1.2.7"},
		Under: []Code{cause.CertFileOrderWrong, cause.PEMBOMHidesBlock, cause.PEMTruncated},
		Find:  fileProblem(cause.CertKeyPairMismatch),
	},
	{
		Code: cause.FilePermissionsTooOpen, Stage: LocalFiles, Side: ClientSide, Severity: Warning, Basis: Proven,
		Title: "Other users of this machine can read the private key {file|given}.",
		Why:   "Whoever can read the key can pass for its owner. libpq and ssh refuse to use such a file.",
		Fix:   Steps{Say("Keep it for yourself:"), Run("chmod 600 {file}")},
		Refs:  []string{"POSIX chmod(1)"},
		Find:  fileProblem(cause.FilePermissionsTooOpen),
	},
	{
		Code: cause.SecretCANotIssuer, Stage: LocalFiles, Side: ServerSide, Severity: Warning, Basis: Proven,
		Title: "No CA in {file|the Secret} has issued the certificate beside it.",
		Why: "A Secret with tls.crt and ca.crt says: by this CA this certificate is judged. Whoever mounts it, to verify the other end of the " +
			"same mesh or to check the file itself, is led to a CA that does not know the certificate. It is right only " +
			"where ca.crt is meant " +
			"for clients, as ingress-nginx reads it (auth-tls-secret).",
		Fix: Steps{Say("Put the certificate of the CA that issued tls.crt into ca.crt. After a change of the CA have both " +
			"issued anew " +
			"(cert-manager: cmctl renew), and what mounts the Secret restarted."),
			Say("If ca.crt is the CA of the clients, nothing need be done; a Secret of its own says it more clearly.")},
		Refs: []string{"RFC 5280 §6.1", "Kubernetes kubernetes.io/tls Secrets", "ingress-nginx auth-tls-secret"},
		Find: fileProblem(cause.SecretCANotIssuer),
	},
}

// fileProblem finds the files that the loader found this wrong with.
func fileProblem(code Code) func(*Examination) []Match {
	return func(f *Examination) []Match {
		var found []Match
		for i, file := range f.Files {
			if file.Problem != code || toldOf(f.Files[:i], file) {
				continue
			}
			at := fmt.Sprintf("files.%d", i)
			m := Match{Side: f.ownSide(), Vars: map[string]string{
				"file": file.Path, "role": article(file.Role), "found": file.Found, "want": file.Want,
			}, Fix: f.fileFix(file)}
			if code == cause.FileFormUnfit {
				m.Vars["program"] = file.Form
			}
			if _, there := f.folder(folderOf(file.Path)); there {
				m.Vars["folder"] = folderOf(file.Path)
			}
			if code == cause.CertKeyPairMismatch {
				m.Vars["key_file"] = file.Path
			}
			if code == cause.CertFileOrderWrong && file.Role == "input" {
				m.Severity, m.Title = Warning, "The leaf does not stand first in {file}."
			}
			if code == cause.CertFileOrderWrong && !file.Fatal {
				m.Severity = Warning // mutual puts them in order
			}
			if readable(code) && !file.Fatal || code == cause.KeyEncrypted && file.Role == "input" {
				m.Severity = Note // mutual reads it all the same
			}
			if code == cause.CSRSignatureInvalid && file.Role != "input" {
				m.Severity = Warning // it stands beside what was asked for
			}
			if code == cause.PEMWrongType && file.Role == "input" {
				m.Title = "The file {file} holds nothing that has to do with certificates[: {found}]."
				m.Fix = Steps{Say("Give another file. To see of what kind this one is:"), Run("file {file}")}
			}
			if file.Role == "client CA" {
				m.Side = ServerSide
			}
			if file.Found != "" {
				want := file.Want
				if code == cause.KeyStoreAlgorithmUnread {
					want = "" // the title says what lacks them
				}
				m.Evidence = append(m.Evidence, Evidence{at + ".found", file.Found, want})
			}
			if file.Line > 0 {
				m.Vars["place"] = fmt.Sprintf(" (line %d)", file.Line)
				m.Evidence = append(m.Evidence, Evidence{at + ".line", fmt.Sprint(file.Line), ""})
			}
			m.Evidence = append(m.Evidence, Evidence{at + ".path", file.Path, ""})
			found = append(found, m)
		}
		return found
	}
}

// fileFix is the fix where more is known of the file than its code, or nil.
func (f *Examination) fileFix(file File) Steps {
	clean := Steps{Say("mutual reads it all the same. Have it write what the file holds into a new one, as all " +
		"programs read it:"),
		Run("mutual inspect {file} --write-pem {file+-new.pem}"), again("-new.pem")}
	key := file.Role == "key"
	switch code := file.Problem; {
	case code == cause.FileNotFound:
		if _, there := f.folder(folderOf(file.Path)); there {
			return nil
		}
		return Steps{Say("There is no such folder either: the name is wrong, or the command runs in another folder than " +
			"you think. " +
			"To make a CA, a server's and a client's certificate in a folder:"), Run("mutual init --dir {new_folder}")}
	case (code == cause.PEMTruncated || code == cause.PEMWrongType) && file.Cleans:
		return clean
	case code == cause.PEMBOMHidesBlock && !file.Cleans:
		return Steps{Say("Copy the file again from where it came: more is wrong with it than what stands before BEGIN. To " +
			"see what:"), Run("mutual inspect {file}")}
	case code == cause.CertFileOrderWrong && !file.Cleans:
		return Steps{Say("Put the certificate that the key belongs to first, then its issuer, then that one's issuer, " +
			"into a new file:"),
			Run("(set -C; cat <certificate> <its-intermediate> > {file+-ordered.pem})"), again("-ordered.pem")}
	case code == cause.DERNotPEM && key:
		return Steps{Say("Turn it into PEM, in a new file that you alone can read:"),
			Run("(umask 077; set -C; openssl pkey -inform der -in {file} > {file+-new.pem})"), again("-new.pem")}
	case code == cause.DERNotPEM && file.Cleans:
		return Steps{Say("Turn it into PEM, in a new file:"), Run("mutual inspect {file} --write-pem {file+-new.pem}"),
			again("-new.pem")}
	case code == cause.FileFormUnfit:
		return formFix(file.Form)
	case code == cause.TrustStoreEmptyForJava:
		return Steps{Say("Let keytool make the store, from the certificate in PEM:"),
			Run("mutual inspect {file} --write-pem {file+-ca.pem}"),
			Run("keytool -importcert -noprompt -alias ca -file {file+-ca.pem} -keystore {file+-java.p12} -storetype PKCS12"),
			again("-java.p12")}
	case code == cause.KeyStoreAlgorithmUnread:
		from, to := "", "-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1 "
		if strings.HasPrefix(file.Want, "OpenSSL 3") {
			from, to = "-legacy ", ""
		}
		return Steps{Say("Where a reader lacks them, write the store anew with algorithms that it has:"),
			Run("(umask 077; set -C; openssl pkcs12 " + from + "-in {file} -noenc | openssl pkcs12 -export " + to + "> <new.p12>)")}
	case code == cause.PKCS12NotPEM && !file.Fatal:
		return Steps{Say("mutual reads it as it is. For a program that wants PEM write it into a new file:"),
			Run("mutual inspect {file} --pass-file <file-with-the-passphrase> --write-pem {file+-new.pem}")}
	case code == cause.PKCS12NotPEM && file.Form != "":
		from, legacy := "{file}", " -legacy"
		var first Steps
		if file.Form == "BKS" {
			return Steps{Say("Turn it into PKCS#12 with Java's keytool, which needs Bouncy Castle's provider (bcprov) for it:"),
				Run("keytool -importkeystore -srckeystore {file} -srcstoretype <BKS-or-BCFKS> -destkeystore {file+-new.p12} " +
					"-deststoretype pkcs12 " +
					"-providerpath <bcprov.jar> -provider org.bouncycastle.jce.provider.BouncyCastleProvider")}
		}
		if file.Form == "JKS" {
			from, legacy = "{file+-new.p12}", ""
			first = Steps{Say("Turn the Java key store into PKCS#12 first:"),
				Run("keytool -importkeystore -srckeystore {file} -destkeystore {file+-new.p12} -deststoretype pkcs12")}
		}
		return steps(first, Say("Take certificate and key out of it, into new files:"),
			Run("(set -C; openssl pkcs12"+legacy+" -in "+from+" -nokeys > {file+-crt.pem})"),
			Run("(umask 077; set -C; openssl pkcs12"+legacy+" -in "+from+" -nocerts -noenc > {file+-key.pem})"),
			again("-crt.pem -key.pem"))
	}
	return nil
}

// formFix makes the form that a program wants.
func formFix(program string) Steps {
	switch program {
	case "netty", "grpc-java":
		return Steps{Say("Write the key as PKCS#8 into a new file:"), Run("(umask 077; set -C; openssl pkcs8 -topk8 -nocrypt -in {file} > {file+-pkcs8.pem})")}
	case "pgjdbc":
		return Steps{Say("Write the key as PKCS#8 in DER into a new file, and name it as sslkey:"),
			Run("(umask 077; set -C; openssl pkcs8 -topk8 -nocrypt -in {file} -outform DER > {file+.pk8})")}
	case "mongodb", "haproxy", "php":
		return Steps{Say("Write the certificate with its chain, and its key, into one new file:"),
			Run("(umask 077; set -C; cat {file} <the-other-file> > <combined.pem>)")}
	case "update-ca-certificates":
		return Steps{Say("Write the CA's certificate into a new file that ends in .crt, put that into /usr/local/share/ca-certificates and run " +
			"update-ca-certificates:"), Run("(set -C; openssl x509 -in {file} > {file+-ca.crt})")}
	case "docker", "podman":
		return Steps{Say("Put the files into certs.d/HOST:PORT under the names that belong to them: ca.crt for the CA, client.cert and client.key for " +
			"the client's pair.")}
	case "libpq":
		return Steps{Say("Put the files there under these names (postgresql.key with mode 0600), or name them in the connection: sslcert, sslkey, " +
			"sslrootcert.")}
	case "capath":
		return Steps{Say("Let OpenSSL make the links in the folder:"), Run("openssl rehash {folder}")}
	}
	return nil
}

// toldOf reports whether the same file, given in another role before, has the
// same fault: one bad file is one finding, and so are several places of it that
// one command mends.
func toldOf(before []File, file File) bool {
	return slices.ContainsFunc(before, func(o File) bool {
		return o.Path == file.Path && o.Problem == file.Problem && (o.Line == file.Line || o.Cleans && file.Cleans)
	})
}

// readable reports whether mutual reads a file in spite of its form.
func readable(code Code) bool {
	switch code {
	case cause.DERNotPEM, cause.PKCS12NotPEM, cause.PEMWrongType, cause.PEMWrapped:
		return true
	}
	return false
}

func article(role string) string {
	switch role {
	case "", "input":
		return "a certificate"
	case "certificate", "trust store", "chain":
		return "a " + role
	case "key":
		return "a private key"
	}
	return role
}

func folderOf(path string) string {
	if i := strings.LastIndexAny(path, `/\`); i > 0 {
		return path[:i]
	}
	return "."
}
