package roots

import "testing"

func TestReadServerConfig(t *testing.T) {
	tests := []struct {
		name, text string
		want       ServerConfig
	}{
		{"nginx, all right", "ssl_verify_client on;\n  ssl_verify_depth 2;\nif ($ssl_client_s_dn !~ \"CN=Google LLC\") { return 403; }\n",
			ServerConfig{Asks: true, Depth: 2, DepthAt: "conf:2", IdentityAt: "conf:3"}},
		{"nginx, as most people write it", "ssl_client_certificate ca.pem;\nssl_verify_client on;\n",
			ServerConfig{Asks: true, Depth: 1, DepthAt: "conf, where nothing sets it"}},
		{"nginx, the smallest of two", "ssl_verify_client optional;\nssl_verify_depth 5;\nssl_verify_depth 0;\n",
			ServerConfig{Asks: true, Depth: 0, DepthAt: "conf:3"}},
		{"nginx, the name only passed on", "ssl_verify_client on;\nssl_verify_depth 3;\nproxy_set_header X-DN $ssl_client_s_dn;\nlog_format x '$ssl_client_s_dn';\n",
			ServerConfig{Asks: true, Depth: 3, DepthAt: "conf:2"}},
		{"nginx, in a map", "ssl_verify_client on;\nssl_verify_depth 2;\nmap $ssl_client_s_dn $google { default 0; }\n",
			ServerConfig{Asks: true, Depth: 2, DepthAt: "conf:2", IdentityAt: "conf:3"}},
		{"Apache", "SSLVerifyClient require\nSSLVerifyDepth 1\nRequire expr %{SSL_CLIENT_S_DN_CN} == 'Google LLC'\n",
			ServerConfig{Asks: true, Depth: 1, DepthAt: "conf:2", IdentityAt: "conf:3"}},
		{"HAProxy", "bind :443 ssl crt x.pem ca-file ca.pem verify required\nhttp-request deny unless { ssl_c_s_dn(CN) -m str \"Google LLC\" }\n",
			ServerConfig{Asks: true, Depth: 100, DepthAt: "conf, where nothing sets it", IdentityAt: "conf:2"}},
		{"commented out", "# ssl_verify_client on;\nssl_verify_client off;\n",
			ServerConfig{Depth: 100, DepthAt: "conf, where nothing sets it"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := ReadServerConfig("conf", []byte(test.text)); got != test.want {
				t.Errorf("ReadServerConfig = %+v, want %+v", got, test.want)
			}
		})
	}
}
