package setup

// stores are servers of data.
func stores() []Stack {
	return []Stack{
		{
			Name: "postgresql", Role: Server, What: "PostgreSQL, postgresql.conf and pg_hba.conf", Port: 5432,
			Files: []string{"postgresql.conf", "pg_hba.conf", "pg_ident.conf"}, User: "postgres", AllowCN: true, CRL: true, Starttls: "postgres",
			Reload: []string{"psql -c 'SELECT pg_reload_conf()'"},
			Log:    "PostgreSQL's log; what pg_hba.conf refused, and pg_hba_file_rules what it made of the lines",
			Proven: &Proof{"15.18", "2026-11-29"}, Source: "https://www.postgresql.org/docs/15/ssl-tcp.html",
		},
		{
			Name: "mariadb", Role: Server, What: "MariaDB, a file of conf.d, and the account", Port: 3306,
			Files: []string{"mutual.cnf", "mutual.sql"}, User: "mysql", CRL: true, Starttls: "mysql",
			Reload: []string{"mariadb -e 'FLUSH SSL'"},
			Log:    "the error log, with log_warnings of 4 or more",
			Beyond: "The handshake goes through without a certificate; it is the account that is refused, by its REQUIRE.",
			Proven: &Proof{"10.11.19", "2026-11-29"}, Source: "https://mariadb.com/kb/en/securing-connections-for-client-and-server/",
		},
		{
			Name: "redis", Role: Server, What: "Redis, lines of redis.conf", Port: 6379,
			Files: []string{"redis.conf"}, User: "redis",
			Start: []string{"redis-server {{sh (.In \"redis.conf\")}}"}, Reload: []string{"systemctl restart redis-server"},
			Log:    "Redis' log: Error accepting a client connection",
			Beyond: "It reads no revocation list, and lets in every client of the CA; users and passwords are its ACL's.",
			Proven: &Proof{"7.0.15", "2026-11-29"}, Source: "https://redis.io/docs/latest/operate/oss_and_stack/management/security/encryption/",
		},
		{
			Name: "etcd", Role: Server, What: "etcd, lines of its YAML file", Port: 2379,
			Files: []string{"etcd.yaml"},
			Start: []string{"etcd --config-file {{sh (.In \"etcd.yaml\")}}"}, Reload: []string{"systemctl restart etcd"},
			Log:    "standard error: rejected connection",
			Beyond: "Its peers, port 2380, are another matter: peer-transport-security.",
			Proven: &Proof{"3.4.23", "2026-11-29"}, Source: "https://etcd.io/docs/v3.5/op-guide/security/",
		},
	}
}
