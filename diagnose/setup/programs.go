package setup

// programs are servers of mail, messages and directories.
func programs() []Stack {
	return []Stack{
		{
			Name: "mosquitto", Role: Server, What: "Mosquitto, the whole mosquitto.conf", Port: 8883,
			Files: []string{"mosquitto.conf"}, User: "mosquitto", CRL: true,
			Start: []string{"mosquitto -c {{sh (.In \"mosquitto.conf\")}}"}, Reload: []string{"systemctl restart mosquitto"},
			Log:    "standard error, or where log_dest points",
			Proven: &Proof{"2.0.11", "2026-11-29"}, Source: "https://mosquitto.org/man/mosquitto-conf-5.html",
		},
		{
			Name: "rabbitmq", Role: Server, What: "RabbitMQ, rabbitmq.conf", Port: 5671,
			Files: []string{"rabbitmq.conf"}, User: "rabbitmq",
			Reload: []string{"systemctl restart rabbitmq-server"},
			Log:    "RabbitMQ's log, /var/log/rabbitmq",
			Beyond: "A login is a user's name and password beside the certificate, unless rabbitmq_auth_mechanism_ssl is enabled.",
			Proven: &Proof{"3.10.8", "2026-11-29"}, Source: "https://www.rabbitmq.com/docs/ssl",
		},
		{
			Name: "slapd", Role: Server, What: "OpenLDAP, the lines of TLS of slapd.conf", Port: 636,
			Files: []string{"slapd.conf"}, User: "openldap",
			Check: []string{"slaptest -u -f {{sh (.In \"slapd.conf\")}}"}, Reload: []string{"systemctl restart slapd"},
			Log: "syslog, with loglevel stats",
			Beyond: "Built with GnuTLS, as Debian's is, it does not ask what a certificate is for: a server's of the same CA is let in. " +
				"It listens with TLS only where it is started with -h ldaps:///, and without it wherever ldap:/// stands beside it.",
			Proven: &Proof{"2.5.13", "2026-11-29"}, Source: "https://www.openldap.org/doc/admin26/tls.html",
		},
		{
			Name: "dovecot", Role: Server, What: "Dovecot, a file of conf.d", Port: 993,
			Files: []string{"10-mutual.conf"}, Check: []string{"doveconf -n"}, Reload: []string{"doveadm reload"},
			Log:    "Dovecot's log: doveadm log find",
			Beyond: "The handshake goes through without a certificate; it is the login that is refused.",
			Source: "https://doc.dovecot.org/2.3/configuration_manual/dovecot_ssl_configuration/",
		},
		{
			Name: "postfix", Role: Server, What: "Postfix, lines of main.cf for submission", Port: 465,
			Files: []string{"main.cf"}, Check: []string{"postfix check"}, Reload: []string{"postfix reload"},
			Log:    "the mail log, with smtpd_tls_loglevel",
			Source: "https://www.postfix.org/TLS_README.html",
		},
	}
}
