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
		Title: "There is no file {file}, given as {role}.",
		Why:   "The name is misspelt, the file lies in another folder, or the command runs in another folder than you think.",
		Fix:   []string{"See what is there:", "  ls -l {folder}", "To make a CA, server and client certificates in a folder:", "  mutual init --dir {dir}"},
		Refs:  []string{"POSIX open(2), ENOENT"},
		Find:  fileProblem(cause.FileNotFound),
	},
	{
		Code: cause.FileUnreadable, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The file {file} cannot be read: {found}.",
		Why:   "The file is there, but this user may not read it, or it is a folder.",
		Fix:   []string{"See who may read it, and run the command as that user or give it to this one:", "  ls -ld {file}"},
		Refs:  []string{"POSIX open(2), EACCES"},
		Find:  fileProblem(cause.FileUnreadable),
	},
	{
		Code: cause.FileEmpty, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The file {file} is empty.",
		Why: "It holds nothing but perhaps blank space. Mostly the command that should have written it failed, or the secret that it was " +
			"mounted from is empty.",
		Fix:  []string{"Write the file again, or make a new one:", "  mutual init --dir {dir}"},
		Refs: []string{"RFC 7468 §2"},
		Find: fileProblem(cause.FileEmpty),
	},
	{
		Code: cause.PKCS12NotPEM, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The file {file} is a key store (PKCS#12 or Java), and a PEM file is expected.",
		Why: "A .p12, .pfx or .jks file holds certificate and key together in a binary form. Most programs want them as text, " +
			"in separate PEM files.",
		Fix: []string{"Take certificate and key out of it (a .jks first needs keytool -importkeystore -deststoretype pkcs12):",
			"  openssl pkcs12 -in {file} -nokeys -out crt.pem", "  openssl pkcs12 -in {file} -nocerts -noenc -out key.pem"},
		Refs: []string{"RFC 7292", "RFC 7468 §5"},
		Find: fileProblem(cause.PKCS12NotPEM),
	},
	{
		Code: cause.DERNotPEM, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The file {file} is in binary DER form, and most programs expect PEM text.",
		Why:   "Both forms hold the same. mutual reads either; nginx, curl, Go and Node look for a line -----BEGIN ...----- and find none.",
		Fix:   []string{"Turn it into PEM (for a key: openssl pkey in place of openssl x509):", "  openssl x509 -inform der -in {file} -out crt.pem"},
		Refs:  []string{"RFC 7468 §5"},
		Find:  fileProblem(cause.DERNotPEM),
	},
	{
		Code: cause.PEMBOMHidesBlock, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "Something stands before a BEGIN line in {file}, so that programs skip the block after it.",
		Why: "A byte-order mark, blanks or other text before -----BEGIN makes Go and others pass over the block without a word. They then use " +
			"the next one, and say that key and certificate do not belong together. Windows editors write such marks.",
		Fix:  []string{"Write the file without it:", `  sed -i 's/^.*-----BEGIN/-----BEGIN/' {file}`},
		Refs: []string{"RFC 7468 §2"},
		Find: fileProblem(cause.PEMBOMHidesBlock),
	},
	{
		Code: cause.PEMTruncated, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "A block in {file} is cut off or damaged{place}.",
		Why: "Between -----BEGIN and -----END stands base64 text, and here a part of it, or the END line, is missing. That happens " +
			"when a file is copied from a screen, or a variable loses its line breaks. Go and Node skip such blocks without a word.",
		Fix:  []string{"Copy the file again from where it came, whole. To see where it breaks:", "  grep -n -- ----- {file}"},
		Refs: []string{"RFC 7468 §3"},
		Find: fileProblem(cause.PEMTruncated),
	},
	{
		Code: cause.PEMWrongType, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The file {file} was given as {role}, but holds something else: {found}.",
		Why:   "Certificate, private key, public key and signing request look alike, but for their BEGIN line. Often two file names were swapped.",
		Fix:   []string{"Give the right file; see what this one holds:", "  mutual inspect {file}"},
		Refs:  []string{"RFC 7468 §4"},
		Find:  fileProblem(cause.PEMWrongType),
	},
	{
		Code: cause.KeyWrongPassphrase, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The passphrase does not open the private key {file}.",
		Why:   "The key is encrypted, and what was given as its passphrase is another one. A blank or line break at its end counts too.",
		Fix:   []string{"Try it by hand, then put it into a file that only you can read:", "  openssl pkey -in {file} -noout", "  mutual probe {target} {trust} --cert {cert} --key {file} --pass-file FILE"},
		Refs:  []string{"RFC 5958 §3"},
		Find:  fileProblem(cause.KeyWrongPassphrase),
	},
	{
		Code: cause.KeyEncrypted, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The private key {file} is encrypted, and no passphrase was given.",
		Why:   "The key can be used only with the passphrase that it was stored with.",
		Fix: []string{"Give the passphrase in a file, or in the environment variable MUTUAL_PASS:", "  mutual probe {target} {trust} --cert {cert} --key {file} --pass-file FILE",
			"Or store the key without one, readable by you alone:", "  (umask 077; openssl pkey -in {file} -out client-key.pem)"},
		Refs: []string{"RFC 5958 §3"},
		Find: fileProblem(cause.KeyEncrypted),
	},
	{
		Code: cause.KeyFormatUnsupported, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The private key {file} is in a form that TLS programs do not read: {found}.",
		Why:   "TLS programs read PKCS#8, PKCS#1 and SEC 1 keys of the types RSA, ECDSA and Ed25519. OpenSSH and PuTTY keys, for one, are stored otherwise.",
		Fix:   []string{"Turn an OpenSSH key into PKCS#8, on a copy (the command changes the file):", "  cp {file} key.pem && ssh-keygen -p -m pkcs8 -f key.pem", "Or make a new key and certificate:", "  mutual issue client client --dir {dir} --force"},
		Refs:  []string{"RFC 5958", "RFC 8017 §A.1.2", "RFC 5915"},
		Find:  fileProblem(cause.KeyFormatUnsupported),
	},
	{
		Code: cause.CertFileOrderWrong, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The first certificate in {file} is not the one that the key belongs to.",
		Why: "Programs take the first certificate of the file for their own, and the rest for the chain above it. Here the own one stands " +
			"further down, so that they say the private key does not match.",
		Fix:  []string{"Put the leaf first, then its issuer, then that one's issuer:", "  cat leaf.pem intermediate.pem > {file}"},
		Refs: []string{"RFC 8446 §4.4.2"},
		Find: fileProblem(cause.CertFileOrderWrong),
	},
	{
		Code: cause.CertKeyPairMismatch, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The private key {file} does not belong to the certificate.",
		Why:   "A certificate holds a public key, and only the private key made together with it fits. One of the two files comes from another pair, often because only one of them was renewed.",
		Fix: []string{"Find the pair that fits:", "  mutual inspect {cert} {key}", "Or compare by hand; both lines must be the same:",
			"  openssl x509 -in {cert} -noout -pubkey | sha256sum", "  openssl pkey -in {key} -pubout | sha256sum"},
		Refs:  []string{"RFC 5280 §4.1.2.7"},
		Under: []Code{cause.CertFileOrderWrong, cause.PEMBOMHidesBlock, cause.PEMTruncated},
		Find:  fileProblem(cause.CertKeyPairMismatch),
	},
	{
		Code: cause.FilePermissionsTooOpen, Stage: LocalFiles, Side: ClientSide, Severity: Warning, Basis: Proven,
		Title: "Other users of this machine can read the private key {file}.",
		Why:   "Whoever can read the key can pass for its owner. libpq and ssh refuse to use such a file.",
		Fix:   []string{"Keep it for yourself:", "  chmod 600 {file}"},
		Refs:  []string{"POSIX chmod(1)"},
		Find:  fileProblem(cause.FilePermissionsTooOpen),
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
				"file": file.Path, "role": article(file.Role), "found": "no reason was given", "place": "", "folder": folderOf(file.Path),
			}}
			if code == cause.CertFileOrderWrong && file.Role == "input" {
				m.Severity, m.Title = Warning, "The leaf does not stand first in {file}."
			}
			if file.Role == "input" && readable(code) {
				m.Severity = Note // the form is no fault of a file that was only to be looked at
			}
			if file.Role == "client CA" {
				m.Side = ServerSide
			}
			if file.Found != "" {
				m.Vars["found"] = file.Found
				m.Evidence = append(m.Evidence, Evidence{at + ".found", file.Found, file.Want})
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

// toldOf reports whether the same file, given in another role before, has the
// same fault: one bad file is one finding.
func toldOf(before []File, file File) bool {
	return slices.ContainsFunc(before, func(o File) bool { return o.Path == file.Path && o.Problem == file.Problem && o.Line == file.Line })
}

// readable reports whether mutual reads a file in spite of its form.
func readable(code Code) bool {
	return code == cause.DERNotPEM || code == cause.PKCS12NotPEM || code == cause.KeyEncrypted
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
