package phrase

import (
	"bytes"

	"mutual/diagnose/cause"
)

// A line that says that some file is not there, or may not be read, concerns
// TLS where it names a file of certificates or keys: by its ending, or in
// words.

// fileEndings are those of files that hold certificates, keys and lists.
var fileEndings = [][]byte{
	[]byte(".pem"), []byte(".crt"), []byte(".cer"), []byte(".key"), []byte(".p12"), []byte(".pfx"), []byte(".jks"), []byte(".crl"), []byte(".der"), []byte(".p8"), []byte(".pk8"),
	[]byte(".pkcs12"), []byte(".keystore"), []byte(".truststore"), []byte(".jceks"), []byte(".bks"), []byte(".bcfks"), []byte(".p7b"), []byte(".cert"), []byte(".chain"), []byte(".bundle"),
}

// fileWords are what programs call such files by.
var fileWords = [][]byte{
	[]byte("certificate file"), []byte("cert file"), []byte("certfile"), []byte("private key"), []byte("key file"), []byte("keyfile"), []byte("ca file"), []byte("cafile"), []byte("ca cert"),
	[]byte("ca bundle"), []byte("root cert"), []byte("client cert"), []byte("server cert"), []byte("keystore"), []byte("key store"), []byte("truststore"), []byte("trust store"), []byte("crl file"),
	[]byte("certificate revocation list"), []byte("pkcs12 file"), []byte("x509 key pair"), []byte("trusted ca"), []byte("tls config"), []byte("ssl certificate"), []byte("tls certificate"),
	[]byte("certificate chain"), []byte("certificate authorit"), []byte("ssl connection error"), []byte("tls key"), []byte("ssl key"), []byte("ssl context"),
}

func readMissingFile(line []byte, start, end int) (found, bool) {
	return fileTrouble(line, start, end, noFile)
}

func readForbiddenFile(line []byte, start, end int) (found, bool) {
	if bytes.Contains(line, []byte("publickey")) || bytes.Contains(line, []byte("authorized keys")) {
		return found{}, false // SSH
	}
	return fileTrouble(line, start, end, noAccess)
}

func fileTrouble(line []byte, start, end int, c *meaning) (found, bool) {
	const reach = 300
	near := line[max(0, start-reach):min(len(line), end+reach)]
	named := false
	for _, e := range fileEndings {
		for at := 0; ; {
			i := bytes.Index(near[at:], e)
			if i < 0 {
				break
			}
			at += i + len(e)
			if i := at - len(e); i > 0 && (isWord(near[i-1]) || near[i-1] == ')') && !isWord(byteAt(near, at)) && byteAt(near, at) != '.' {
				named = true
			}
		}
	}
	if !named {
		if bytes.Contains(near, []byte(".ssh/")) || bytes.Contains(near, []byte("ssh ")) {
			return found{}, false
		}
		for _, w := range fileWords {
			if bytes.Contains(near, w) {
				named = true
				break
			}
		}
	}
	if !named {
		return found{}, false
	}
	f := found{cause: c, stack: "operating system", soft: true, alert: -1, depth: -1, start: start, end: end, note: string(line[start:end])}
	switch {
	case c == noFile && bytes.Contains(near, []byte("crl")):
		f.codes = likely{cause.FileNotFound, cause.CRLUnavailable}
	case c == noFile && (bytes.Contains(near, []byte("ca.")) || bytes.Contains(near, []byte("ca file")) || bytes.Contains(near, []byte("cafile")) || bytes.Contains(near, []byte("truststore")) ||
		bytes.Contains(near, []byte("cacert")) || bytes.Contains(near, []byte("ca bundle"))):
		f.codes = likely{cause.FileNotFound, cause.TrustStoreUnloadable}
	}
	return f, true
}
