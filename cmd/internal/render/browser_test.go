package render

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mutual/diagnose"
)

// frames shows each page at each width in a window of its own, scripts and all,
// and writes down what it measures.
const frames = `<!DOCTYPE html><link rel="icon" href="data:,"><body><pre id="out"></pre>
<script>for (let page = 0; page < %d; page++) for (let width of [1200, 420]) {
  let f = document.createElement("iframe");
  f.style = "height:900px;border:0;width:" + width + "px";
  f.addEventListener("load", function () {
    let d = f.contentDocument, root = d.documentElement, wide = [];
    d.querySelectorAll("body *").forEach(function (e) {
      if (e.getBoundingClientRect().right > root.clientWidth + 1) wide.push(e.tagName);
    });
    document.getElementById("out").textContent += [page, width, root.clientWidth, root.scrollWidth, d.querySelectorAll("button").length -
      d.querySelectorAll("pre.command").length, getComputedStyle(d.body).backgroundColor, wide.join(" ")].join("|") + "\n";
  });
  f.src = "/page/" + page;
  document.body.appendChild(f);
}</script>`

// TestInBrowser opens pages in Chromium, wide and narrow, light and dark: no
// word in the console, nothing wider than the window, a button at each command,
// and no request but the one for the page.
func TestInBrowser(t *testing.T) {
	chromium := browser(t)
	many := outcomes(t, strings.Repeat("wide", 120))[0]
	for len(many.Findings) < 500 {
		many.Findings = append(many.Findings, many.Findings[0])
	}
	var pages []string
	add := func(r *diagnose.Report) {
		var doc strings.Builder
		if err := HTML(&doc, r); err != nil {
			t.Fatal(err)
		}
		pages = append(pages, doc.String())
	}
	for _, r := range []*diagnose.Report{certMissing(t), missingIntermediate(t), probeOf(t), many} {
		add(r)
	}
	for _, evil := range markup() {
		add(outcomes(t, evil)[1])
	}
	for scheme, color := range map[string]string{"0": "rgb(18, 22, 27)", "1": "rgb(255, 255, 255)"} {
		var want, paths []string
		for i := range pages {
			for _, width := range []int{1200, 420} {
				want = append(want, fmt.Sprintf("%d|%d|%[2]d|%[2]d|0|%s|", i, width, color))
				paths = append(paths, fmt.Sprintf("/page/%d", i))
			}
		}
		paths = append(paths, "/")
		measured, console, asked := open(t, chromium, pages, scheme)
		for _, list := range [][]string{measured, want, asked, paths} {
			slices.Sort(list)
		}
		if diff := cmp.Diff(want, measured); diff != "" {
			t.Errorf("page, width, width seen, width needed, commands without button, paper, what is too wide (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(paths, asked); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
		if console != "" {
			t.Errorf("the console says %s", console)
		}
	}
}

// open shows the pages, and returns what was measured, what the console says,
// and the paths that were asked for.
func open(t *testing.T, chromium string, pages []string, scheme string) (measured []string, console string, asked []string) {
	t.Helper()
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.URL.Path)
		mu.Unlock()
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		if n, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/page/")); err == nil && n < len(pages) {
			fmt.Fprint(w, pages[n])
			return
		}
		fmt.Fprintf(w, frames, len(pages))
	}))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var out, talk strings.Builder
	cmd := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
		"--user-data-dir="+t.TempDir(), "--hide-scrollbars", "--enable-logging=stderr", "--blink-settings=preferredColorScheme="+scheme,
		"--host-resolver-rules=MAP * 127.0.0.1:9, EXCLUDE 127.0.0.1", "--dump-dom", server.URL+"/")
	cmd.Stdout, cmd.Stderr = &out, &talk
	if err := cmd.Run(); err != nil {
		t.Fatalf("chromium = %v\n%s", err, talk.String())
	}
	for line := range strings.Lines(talk.String()) {
		if strings.Contains(line, "CONSOLE") {
			console += line
		}
	}
	if m := regexp.MustCompile(`(?s)<pre id="out">(.*?)</pre>`).FindStringSubmatch(out.String()); m != nil {
		measured = strings.Split(strings.TrimSpace(html.UnescapeString(m[1])), "\n")
	}
	mu.Lock()
	defer mu.Unlock()
	return measured, console, slices.Clone(asked)
}

// browser is the path of Chromium. Where there is none, the test is skipped,
// and fails in CI.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("chromium is not installed")
	}
	t.Skip("chromium is not installed")
	return ""
}
