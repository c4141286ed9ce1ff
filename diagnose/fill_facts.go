package diagnose

import (
	"cmp"
	"fmt"
	"maps"
	"mutual/diagnose/cause"
	"slices"
	"strconv"
	"strings"
)

// Folder is what stands beside the user's files: fixes name what is there, and
// make no file under a name that is taken.
type Folder struct {
	Dir string `json:"dir"`
	// Names are the files that by their names hold keys or certificates.
	Names []string `json:"names"`
}

// Has reports whether a file of that name is there.
func (d Folder) Has(name string) bool { return slices.Contains(d.Names, name) }

// Issues reports whether mutual issue works in the folder: it holds the CA's
// certificate and key as mutual init names them.
func (d Folder) Issues() bool { return d.Has("ca-crt.pem") && d.Has("ca-key.pem") }

// Path is that of a file in the folder.
func (d Folder) Path(name string) string {
	if d.Dir == "." {
		return name
	}
	return strings.TrimSuffix(d.Dir, "/") + "/" + name
}

// folder returns what is known of a folder.
func (f *Facts) folder(dir string) (Folder, bool) {
	i := slices.IndexFunc(f.Beside, func(d Folder) bool { return d.Dir == dir })
	if i < 0 {
		return Folder{Dir: dir}, false
	}
	return f.Beside[i], true
}

// there returns the path, or "" where the facts say that nothing is there.
func (f *Facts) there(path string) string {
	if slices.ContainsFunc(f.Files, func(o File) bool { return o.Path == path && o.Problem == cause.FileNotFound }) {
		return ""
	}
	return path
}

// beside is the first file of that name in a folder of the user's files, or "".
func (f *Facts) beside(name string) string {
	for _, d := range f.Beside {
		if d.Has(name) {
			return d.Path(name)
		}
	}
	return ""
}

// known is the filler of what is said about these facts.
func (f *Examination) known(side Side, depth int, vars map[string]string) *filler {
	t, g := f.Target, f.Given
	values := map[string]string{
		"party": string(side), "host": f.hostName(), "dir": g.Dir, "accepted": "its own",
		"cert_file": cmp.Or(f.there(g.Cert), f.beside("client-crt.pem")), "key_file": cmp.Or(f.there(g.Key), f.beside("client-key.pem")),
		"cacert_file": f.beside("ca-crt.pem"),
	}
	if g.Cert != "" {
		values["key_file"] = f.there(g.Key)
	}
	if len(g.CACert) > 0 {
		values["cacert_file"] = f.there(g.CACert[0])
	}
	if t.Port != 0 {
		values["port"] = strconv.Itoa(t.Port)
		if t.Host != "" {
			values["hostport"] = hostPort(t.Host, t.Port)
		}
	}
	values["target"] = cmp.Or(g.Target, values["hostport"])
	if n := len(f.Identity); n > 0 && f.Identity[n-1].X509() != nil && f.View == SeenByClient {
		if above, _ := f.issuerAtHand(f.Identity[n-1]); above != nil {
			values["ca_file"] = above.File
		}
	}
	values["ca_dir"], values["other_ca_dir"], values["new_folder"] = f.caFolder(false), f.caFolder(true), f.emptyFolder()
	for _, d := range f.Beside {
		if ca := f.caOf(d); ca != nil && d.Issues() && len(f.Identity) > 0 && isIssuer(ca, f.Identity[0]) {
			values["folder_of_ca"] = d.Dir
		}
	}
	values["leaf_file"], _ = f.ownFile(side)
	values["own_file"] = cmp.Or(vars["file"], values["leaf_file"])
	for name, value := range vars {
		values[name] = cmp.Or(value, values[name])
	}
	maps.DeleteFunc(values, func(_, v string) bool { return v == "" })
	x := &filler{f: f, side: side, depth: depth, values: values, words: map[string]string{}}
	for _, name := range []string{"target", "host", "port", "hostport", "proxy", "location", "source", "where", "url", "own_name", "protocol", "taken", "taken_min", "bad", "address", "sni", "variable", "other"} {
		if v, ok := values[name]; ok {
			x.words[name] = ShellWord(v)
		}
	}
	x.words["identity"], x.words["plain"] = x.identityFlags(), ""
	x.words["sans"] = f.sanFlags()
	return x
}

// hostName is by what name the server is called. What a client asked the server
// for is its choice: only a name that the certificate holds is repeated.
func (f *Examination) hostName() string {
	asked := cmp.Or(f.Target.ServerName, f.Target.Host)
	if f.View != SeenByServer || len(f.Identity) == 0 || f.Identity[0].X509() == nil {
		return asked
	}
	leaf := f.Identity[0]
	for _, name := range slices.Concat([]string{f.Target.ServerName, f.Target.Host}, leaf.DNSNames, leaf.IPAddresses) {
		if name != "" && !strings.Contains(name, "*") && leaf.X509().VerifyHostname(name) == nil {
			return name
		}
	}
	return asked
}

// hostPort is an address as it is dialled.
func hostPort(host string, port int) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(port)
}

// trustFlags repeats the flags by which the user's command found its trust and
// its server, but for those that the command has itself, and --starttls before
// a {plain} one.
func (f *Facts) trustFlags(command string) string {
	var flags []string
	if f.Given.Dir != "" && f.View != SeenByServer {
		flags = append(flags, "--dir "+ShellFile(f.Given.Dir))
	}
	for _, ca := range f.Given.CACert {
		if ca = f.there(ca); ca == "" {
			flags = append(flags, "--cacert <ca-certificate>")
		} else {
			flags = append(flags, "--cacert "+ShellFile(ca))
		}
	}
	t := f.Target
	if t.ProxyProtocol != "" && !strings.Contains(command, "--proxy-protocol") {
		flags = append(flags, "--proxy-protocol "+t.ProxyProtocol)
	}
	if t.StartTLS != "" && !strings.Contains(command, "--starttls") && !strings.Contains(command, "{plain}") {
		flags = append(flags, "--starttls "+ShellWord(t.StartTLS))
	}
	if t.ServerName != "" && t.ServerName != t.Host && !strings.Contains(command, "--servername") && !strings.Contains(command, "https://{sni") {
		flags = append(flags, "--servername "+ShellWord(t.ServerName))
	}
	return strings.Join(flags, " ")
}

// identityFlags are those that give the client its certificate, which --dir
// has given already where it names a folder of mutual's.
func (x *filler) identityFlags() string {
	g := x.f.Given
	if d := (Folder{Dir: g.Dir}); g.Dir != "" && x.f.View != SeenByServer && (g.Cert == "" || g.Cert == d.Path("client-crt.pem")) {
		return ""
	}
	if x.values["cert_file"] != "" && x.values["key_file"] == "" && g.Cert != "" && g.Key == "" {
		return "--cert " + ShellFile(x.values["cert_file"]) // one file holds both
	}
	return x.command("--cert {cert_file|client-certificate} --key {key_file|client-key}")
}

// sanFlags names all that the server's certificate holds, and the name asked
// for.
func (f *Examination) sanFlags() string {
	var names []string
	if v := f.Chain(ServerSide); v != nil && len(v.Path) > 0 {
		names = slices.Concat(v.Path[0].DNSNames, v.Path[0].IPAddresses)
	}
	if name := cmp.Or(f.Target.ServerName, f.Target.Host); name != "" && !slices.Contains(names, name) {
		names = append(names, name)
	}
	flags := ""
	for _, n := range names {
		flags += " --san " + ShellWord(n)
	}
	return cmp.Or(strings.TrimSpace(flags), "--san <name>")
}

// caFolder is a folder of mutual's whose CA is one that the server accepts, or
// "". Another CA is one that has issued nothing of the client's.
func (f *Examination) caFolder(another bool) string {
	for _, d := range f.Beside {
		ca := f.caOf(d)
		if ca == nil || ca.X509() == nil || !d.Issues() {
			continue
		}
		if another && slices.ContainsFunc(slices.Concat(f.Identity, f.Chains.Client), func(c *Certificate) bool { return c.SHA256 == ca.SHA256 || isIssuer(ca, c) }) {
			continue
		}
		same := func(c *Certificate) bool { return c.SHA256 == ca.SHA256 }
		if f.ClientTrust != nil && slices.ContainsFunc(f.ClientTrust.Anchors, same) ||
			f.View == SeenByClient && f.ClientAuth != nil && f.listed(ca.X509().RawSubject) {
			return d.Dir
		}
	}
	return ""
}

// emptyFolder is the folder that the user named as one of mutual's and that is
// none yet, or "".
func (f *Facts) emptyFolder() string {
	if d, _ := f.folder(f.Given.Dir); f.Given.Dir != "" && !d.Has("ca-crt.pem") && !d.Has("ca-key.pem") {
		return f.Given.Dir
	}
	return ""
}

// newFile is the name of a file beside path that nothing has yet, as far as is
// known: path with end in place of what follows its last dot.
func (x *filler) newFile(path, end string) string {
	if path == "" || x.f == nil { // what stands beside it is not known
		return "<new-file>"
	}
	dir, name := folderOf(path), path[strings.LastIndexAny(path, `/\`)+1:]
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		name = name[:i]
	}
	folder, _ := x.f.folder(dir)
	head, tail := end, ""
	if i := strings.IndexByte(end, '.'); i >= 0 {
		head, tail = end[:i], end[i:]
	}
	fresh := name + end
	for n := 2; folder.Has(fresh); n++ {
		fresh = fmt.Sprintf("%s%s-%d%s", name, head, n, tail)
	}
	return ShellFile(path[:len(path)-len(path[strings.LastIndexAny(path, `/\`)+1:])] + fresh)
}

// program is the software of the server, where its own words tell it.
func (f *Examination) program() string {
	if f == nil || f.View != SeenByClient || f.HTTP == nil && f.library() == "" {
		return ""
	}
	if s := f.stack(); s != "Node" { // which is a guess by how it hangs up
		return s
	}
	return ""
}
