package roots

import (
	"slices"
	"strings"
	"testing"
)

func TestReadServerConfig(t *testing.T) {
	tests := []struct {
		name, text string
		server     string
		asks       string
		depth      int // -1: not known
		depthAt    string
		sure       bool
		identity   string
		doubts     string // parts of them, with | between
	}{
		{"nginx, all right", "ssl_verify_client on;\n  ssl_verify_depth 2;\nif ($ssl_client_s_dn !~ \"CN=Google LLC\") { return 403; }\n",
			"nginx", "conf:1", 2, "conf:2", true, "conf:3", "conf:3 looks at the client's name"},
		{"nginx, as most people write it", "ssl_client_certificate ca.pem;\nssl_verify_client on;\n",
			"nginx", "conf:2", 1, "conf, where nothing sets it", true, "", "perhaps the application does"},
		{"nginx on one line", "server { listen 443 ssl; ssl_verify_client on; ssl_verify_depth 0; }\n",
			"nginx", "conf:1", 0, "conf:1", true, "", ""},
		{"nginx, the smallest of two", "ssl_verify_client optional;\nssl_verify_depth 5;\nssl_verify_depth 0;\n",
			"nginx", "conf:1", 0, "conf:3", false, "", "2 lines set a verification depth"},
		{"nginx, two servers", "server {\n ssl_verify_client on;\n ssl_verify_depth 0;\n}\nserver {\n listen 80;\n}\n",
			"nginx", "conf:2", 0, "conf:3", false, "", "2 servers, and which"},
		{"nginx, other files", "ssl_verify_client on;\ninclude conf.d/*.conf;\n",
			"nginx", "conf:1", 1, "conf, where nothing sets it", false, "", "conf:2 takes in other files"},
		{"nginx, the name only passed on", "ssl_verify_client on;\nssl_verify_depth 3;\nproxy_set_header X-DN $ssl_client_s_dn;\nlog_format x '$ssl_client_s_dn';\n",
			"nginx", "conf:1", 3, "conf:2", true, "", "no line looks at the client's name"},
		{"nginx, in a map", "ssl_verify_client on;\nssl_verify_depth 2;\nmap $ssl_client_s_dn $google { default 0; }\n",
			"nginx", "conf:1", 2, "conf:2", true, "conf:3", "whom it lets in is not read"},
		{"nginx, asking without verifying", "ssl_verify_client optional_no_ca;\nssl_verify_depth 2;\n",
			"nginx", "", 2, "conf:2", false, "", "conf:1 takes any certificate without verifying it"},
		{"nginx, off", "# ssl_verify_client on;\nssl_verify_client off; # was: on\n",
			"nginx", "", -1, "", false, "", "conf:2 asks for no client certificate"},
		{"nginx, on here and off there", "ssl_verify_client on;\nssl_verify_client off;\n",
			"nginx", "conf:1", 1, "conf, where nothing sets it", false, "", "and conf:2 does not"},
		{"Apache", "SSLVerifyClient require\nSSLVerifyDepth 1\nRequire expr %{SSL_CLIENT_S_DN_CN} == 'Google LLC'\n",
			"Apache", "conf:1", 1, "conf:2", true, "conf:3", ""},
		{"Apache's default", "SSLEngine on\nSSLVerifyClient require\n",
			"Apache", "conf:2", 1, "conf, where nothing sets it", true, "", ""},
		{"Apache's default, other files", "SSLVerifyClient require\nIncludeOptional mods-enabled/*.conf\n",
			"Apache", "conf:1", 1, "conf, where nothing sets it", false, "", "takes in other files"},
		{"Apache, asking without verifying", "SSLVerifyClient optional_no_ca\nSSLVerifyDepth 3\n",
			"Apache", "", 3, "conf:2", false, "", "without verifying it"},
		{"HAProxy", "bind :443 ssl crt x.pem ca-file ca.pem verify required\nhttp-request deny unless { ssl_c_s_dn(CN) -m str \"Google LLC\" }\n",
			"HAProxy", "conf:1", -1, "", false, "conf:2", ""},
		{"HAProxy, errors ignored", "bind :443 ssl crt x.pem ca-file ca.pem verify required crt-ignore-err all ca-ignore-err all\n",
			"HAProxy", "conf:1", -1, "", false, "", "without verifying it"},
		{"nothing", "", "", "", -1, "", false, "", "no line asks for a client certificate"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := ReadServerConfig("conf", []byte(test.text))
			depth := -1
			if got.Depth != nil {
				depth = *got.Depth
			}
			if got.Server != test.server || got.AsksAt != test.asks || depth != test.depth || got.DepthAt != test.depthAt ||
				got.DepthSure != test.sure || got.IdentityAt != test.identity {
				t.Errorf("ReadServerConfig = %+v, depth %d, want %+v", got, depth, test)
			}
			for part := range strings.SplitSeq(test.doubts, "|") {
				if !slices.ContainsFunc(got.Doubts, func(d string) bool { return strings.Contains(d, part) }) {
					t.Errorf("ReadServerConfig: doubts %q, want %q among them", got.Doubts, part)
				}
			}
			if len(got.Doubts) == 0 {
				t.Error("ReadServerConfig has no doubt")
			}
		})
	}
}

func FuzzReadServerConfig(f *testing.F) {
	f.Add("server { ssl_verify_client on; ssl_verify_depth 0; }")
	f.Add("SSLVerifyClient require\nSSLVerifyDepth 99999999999999999999\n")
	f.Fuzz(func(t *testing.T, text string) {
		if c := ReadServerConfig("conf", []byte(text)); len(c.Doubts) == 0 {
			t.Errorf("ReadServerConfig(%q) = %+v, want a doubt", text, c)
		}
	})
}
