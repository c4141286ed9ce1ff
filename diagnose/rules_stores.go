package diagnose

import "mutual/diagnose/cause"

// storeRules are about files that hold certificates and keys in other wrappings
// than PEM: key stores, manifests, headers.
var storeRules = []Rule{
	{
		Code: cause.KubernetesDataWrong, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "A field of {file|the manifest} does not hold what its reader expects[: {found}].",
		Why: "Under data in a Secret, in the -data fields of a kubeconfig and in caBundle stands PEM in " +
			"base64, encoded once. What was encoded twice, or not at all, is taken without a word, and the program " +
			"that reads it finds no certificate (\"unable to parse bytes as PEM block\").",
		Fix: Steps{Say("Encode each value once. For a Secret kubectl does it:"),
			Run("kubectl create secret tls <name> --cert <certificate.pem> --key <key.pem> --dry-run=client -o yaml"),
			Say("Or write the PEM as it is, under stringData in place of data. For caBundle and the -data fields:"),
			Run("base64 < <certificate.pem> | tr -d '\\n'")},
		Refs: []string{"Kubernetes API, Secret v1: data, stringData", "Kubernetes API, WebhookClientConfig: caBundle"},
		Find: fileProblem(cause.KubernetesDataWrong),
	},
	{
		Code: cause.PEMWrapped, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "What {file|the file} holds is wrapped in something else[: {found}].",
		Why: "Headers, variables and forms carry PEM in another encoding. mutual takes it off; a program " +
			"that reads the file as it is finds no BEGIN line.",
		Fix: Steps{Say("Write what is in it into a new file:"), Run("mutual inspect {file} --write-pem {file+-new.pem}"),
			again("-new.pem")},
		Refs: []string{"RFC 7468 §2", "RFC 9440 §2.1", "Envoy: x-forwarded-client-cert"},
		Find: fileProblem(cause.PEMWrapped),
	},
	{
		Code: cause.KeyEntryPassphraseDiffers, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The key store {file|given} opens, but its key does not: {found|the entry} has a passphrase of its own.",
		Why: "In a key store each key can have a passphrase beside the store's. Java's programs take the " +
			"store's for both unless they are told the other, and say \"Cannot recover key\" or \"Given final block " +
			"not properly padded\".",
		Fix: Steps{Say("Tell the program the key's own passphrase: server.ssl.key-password (Spring), " +
			"certificateKeyPassword (Tomcat), ssl.key.password (Kafka). Or give the key of a JKS store the store's " +
			"passphrase, on a copy (keytool -keypasswd).")},
		Refs: []string{"Java: KeyStore.getKey", "RFC 7292 §4.2.2"},
		Find: fileProblem(cause.KeyEntryPassphraseDiffers),
	},
	{
		Code: cause.TrustStoreEmptyForJava, Stage: TrustStore, Side: ClientSide, Severity: Warning, Basis: Proven,
		Title: "Java finds no certificate in the key store {file|given}.",
		Why: "Java takes a certificate in PKCS#12 for trusted only where it has the attribute " +
			"trustedKeyUsage, which openssl pkcs12 -export and Python's library do not write. It then says \"the " +
			"trustAnchors parameter must be non-empty\". Other programs read the store.",
		Fix: Steps{Say("Let keytool make the store from the certificate in PEM (keytool -importcert " +
			"-storetype PKCS12), or OpenSSL 3.2 and later with -jdktrust anyExtendedKeyUsage.")},
		Refs: []string{"JDK: sun.security.pkcs12.PKCS12KeyStore, trustedKeyUsage 2.16.840.1.113894.746875.1.1"},
		Find: fileProblem(cause.TrustStoreEmptyForJava),
	},
	{
		Code: cause.KeyStoreAlgorithmUnread, Stage: LocalFiles, Side: ClientSide, Severity: Note, Basis: Proven,
		Title: "Some programs do not read the key store {file|given}[: {want}].",
		Why: "The key store is sound, and so may its passphrase be. Which algorithms protect it was for " +
			"the program to choose that wrote it, and a reader that lacks one of them mostly says that the " +
			"passphrase is wrong (\"MAC verification failed\").",
		Fix: Steps{Say("For an old reader write it anew with the algorithms that all have (openssl pkcs12 " +
			"-export -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1), for a new one with those of today.")},
		Refs: []string{"RFC 7292 §B, §C", "RFC 9579", "JDK-8076190"},
		Find: fileProblem(cause.KeyStoreAlgorithmUnread),
	},
	{
		Code: cause.CSRSignatureInvalid, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The certificate request in {file|the file} was not signed by its own key.",
		Why: "A request proves with its signature that who makes it has the private key. Here the " +
			"signature does not fit: the request was changed after it was made, or its key was exchanged. No CA will " +
			"take it.",
		Fix: Steps{Say("Make the request anew with the key that the certificate is to have:"),
			Run("openssl req -new -key <key.pem> -out <new.csr>")},
		Refs: []string{"RFC 2986 §4.2"},
		Find: fileProblem(cause.CSRSignatureInvalid),
	},
	{
		Code: cause.FileFormUnfit, Stage: LocalFiles, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "{program|The program} does not take {file|the file} as it is: {found|another form}; it " +
			"wants {want|another one}.",
		Why: "Nothing is wrong with what the file holds. Each program has its own idea of form, name and " +
			"place, and most say no more than that they found nothing, or that the key is not valid.",
		Fix: Steps{Say("Make a copy in the form that the program wants. mutual inspect --for names it, and the command.")},
		Refs: []string{"containers-certs.d(5)", "update-ca-certificates(8)", "openssl-rehash(1)",
			"libpq: SSL Client File Usage"},
		Find: fileProblem(cause.FileFormUnfit),
	},
}
