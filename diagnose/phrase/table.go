package phrase

// A table holds the texts of one stack.
type table struct {
	stack string
	by    side // who prints them as a rule; words beside a text can say otherwise
	texts []text
}

// A text is one error as a stack prints it. In it … stands for anything of
// reasonable length, a host name or a path. Case, quotes, white space,
// underscores and hyphens do not matter.
type text struct {
	text  string
	cause *meaning
	codes likely // where experience with this stack orders the codes differently than the cause does
	how   how
	by    side // where only one side can print it
}

// how tells what else must hold for a text to count.
type how uint8

const (
	anywhere  how = iota
	clause        // it stands as a clause of its own, not within a sentence: "error: self-signed certificate"
	nearTLS       // the same log entry speaks of TLS, or the text has only a few lines
	whole         // it is the whole text
	statement     // it stands in no sentence about what may be, or went well: "if a certificate is about to expire", "OK: ..."
)

// A hint is words that are no error but tell who speaks.
type hint struct {
	text    string
	by      side
	program string
	sent    bool // an alert beside it was sent by the speaker, not received
	beside  bool // it counts for its own line only
}

func tables() []*table {
	return []*table{
		&goX509, &goTLS, &goFiles, &grpcGo, &grpcCore,
		verifyTable(), reasonTable(), &opensslFiles, &opensslCLI,
		&boringSSL, &boringPKI, &envoy, &nodeTexts, &pythonTexts, &rubyTexts, &phpTexts,
		&curlTexts, gnutlsTable(), &wgetTexts, &gitTexts,
		&javaTexts, &javaFiles, &androidTexts, &bouncyCastle, &kafkaTexts,
		&rustlsTexts, nssTable(), &firefoxTexts, chromeTable(),
		schannelTable(), &dotnetTexts, appleTable(),
		&nginxTexts, &apacheTexts, &haproxyTexts, &stunnelTexts, &traefikTexts, &caddyTexts, &meshTexts, &squidTexts, &ingressTexts, &httpTexts, &awsTexts, googleTable(), &gatewayTexts, &iisTexts,
		&postgresTexts, &mysqlTexts, &sqlServerTexts, &oracleTexts, &mongoTexts, &redisTexts, &elasticTexts, &etcdTexts, &cassandraTexts,
		&mosquittoTexts, &natsTexts, &amqpTexts, &mailTexts, &dovecotTexts, &eximTexts, &ftpTexts, &syslogTexts, &openvpnTexts, &supplicantTexts, &radiusTexts, &strongswanTexts, &erlangTexts, &haskellTexts, &directoryTexts, &proxyHeaderTexts, &headerTexts,
		&kubernetesTexts, &dockerTexts, mbedtlsTable(), wolfsslTable(), &botanTexts, &spiffeTexts,
		&fileTexts, &announceTexts, &dialogflowTexts, &networkTexts, &generalTexts,
	}
}
