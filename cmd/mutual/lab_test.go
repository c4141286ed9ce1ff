package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"mutual/diagnose"
)

// startLab runs mutual lab as a process and returns its index and the function
// that interrupts it and waits for its end.
func startLab(t *testing.T, args ...string) (*labPage, func()) {
	t.Helper()
	cmd := exec.Command("mutual", append([]string{"lab", "--json"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var talk bytes.Buffer
	cmd.Stderr = &talk
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop := sync.OnceFunc(func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Process.Signal(os.Interrupt) // as timeout(1) does
		if err := cmd.Wait(); err != nil {
			t.Errorf("an interrupted mutual lab = %v, want exit code 0\n%s", err, talk.String())
		}
	})
	t.Cleanup(stop)
	var page labPage
	if err := json.NewDecoder(out).Decode(&page); err != nil {
		t.Fatalf("mutual lab --json: %v\n%s", err, talk.String())
	}
	return &page, stop
}

// TestNothingLeftBehind: a command whose reader has gone, and one whose terminal
// is closed, takes its temporary folder along.
func TestNothingLeftBehind(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no SIGPIPE and no SIGHUP")
	}
	// Who runs the tests may ignore SIGHUP (nohup), and a child would too.
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(hangup) })
	for _, line := range []string{"lab --case client-cert-expired", "lab --json", "demo"} {
		for _, reads := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, read %v", line, reads), func(t *testing.T) {
				t.Parallel()
				temp := t.TempDir()
				cmd := exec.Command("mutual", strings.Fields(line)...)
				cmd.Env = append(os.Environ(), "TMPDIR="+temp)
				out, err := cmd.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				if reads {
					out.Read(make([]byte, 1))
					cmd.Process.Signal(syscall.SIGHUP)
					io.Copy(io.Discard, out)
				}
				out.Close()
				cmd.Wait()
				if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
					t.Errorf("mutual %s leaves %v, %v in the temporary folder", line, left, err)
				}
			})
		}
	}
}

// TestLab types every command of the lab's index: mutual has to give the
// case's own code, curl and openssl have to fare as the index says.
func TestLab(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the index's commands are for a POSIX shell")
	}
	var programs []string
	for _, name := range []string{"curl", "openssl"} {
		if _, err := exec.LookPath(name); err == nil {
			programs = append(programs, name)
		} else if os.Getenv("CI") == "true" {
			t.Errorf("%s is not installed", name)
		} else {
			t.Logf("%s is not installed: its commands are left out", name)
		}
	}
	page, stop := startLab(t)
	files := page.Cases[0].Files
	var all sync.WaitGroup
	slots := make(chan struct{}, 6)
	for _, c := range page.Cases {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if got, out := labCodes(c); !slices.Equal(got, c.Codes) {
				t.Errorf("%s: %s = %v, want %v\n%s", c.Name, c.Mutual.Command, got, c.Codes, out)
			}
			for _, program := range programs {
				line := c.Curl
				if program == "openssl" {
					line = c.OpenSSL
				}
				if got, out := labFares(program, line.Command); got != line.Fares {
					t.Errorf("%s: %s %s, want that it %s\n%s\n%s", c.Name, program, got, line.Fares, line.Command, out)
				}
			}
		})
	}
	all.Wait()
	stop()
	if _, err := os.Stat(files); !os.IsNotExist(err) {
		t.Errorf("after mutual lab, %s is there (%v), want it removed", files, err)
	}
}

// shell runs a command line and returns what it wrote. A command that does not
// end is ended.
func shell(line string) (out, talk string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 6*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", "exec "+strings.TrimPrefix(line, "exec "))
	if strings.Contains(line, "|") || strings.HasPrefix(line, "SSL_") || strings.HasPrefix(line, "MUTUAL_") {
		cmd = exec.CommandContext(ctx, "sh", "-c", line)
	}
	cmd.WaitDelay = time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return stdout.String(), stderr.String(), err
}

// labCodes are the errors and warnings of the report, and the notes that the
// case is about.
func labCodes(c labCase) ([]diagnose.Code, string) {
	out, talk, _ := shell(c.Mutual.Command + " --json")
	var report diagnose.Report
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		return nil, out + talk
	}
	codes := []diagnose.Code{}
	for _, f := range report.Findings {
		if f.Severity != diagnose.Note || slices.Contains(c.Codes, f.Code) {
			codes = append(codes, f.Code)
		}
	}
	return codes, out + talk
}

func labFares(program, line string) (string, string) {
	answered := regexp.MustCompile(`HTTP/1\.[01] [23]`)
	out, talk, err := shell(line)
	if program == "curl" && err == nil || program == "openssl" && answered.MatchString(out) {
		return "works", out + talk
	}
	return "fails", out + talk
}

func TestLabFiles(t *testing.T) {
	dir := t.TempDir()
	ready := filepath.Join(dir, "ready")
	page, stop := startLab(t, "--case", "client-cert-expired", "--files", filepath.Join(dir, "files"), "--ready-file", ready)
	if len(page.Cases) != 1 || page.Cases[0].Name != "client-cert-expired" {
		t.Fatalf("mutual lab --case client-cert-expired serves %+v, want that case alone", page.Cases)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(ready); err == nil {
			break
		} else if time.Now().After(end) {
			t.Fatal("mutual lab --ready-file has not written the file")
		}
	}
	address, err := os.ReadFile(ready)
	if err != nil || strings.TrimSpace(string(address)) != page.Index {
		t.Errorf("the ready file holds %q, %v, want %s", address, err, page.Index)
	}
	for path, want := range map[string]string{"": "<h2 id=\"client-cert-expired\">", "index.json": labSchema} {
		resp, err := http.Get(page.Index + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != 200 || !strings.Contains(string(body), want) {
			t.Errorf("GET %s%s = %d %s, %v, want %s in it", page.Index, path, resp.StatusCode, body, err, want)
		}
	}
	stop()
	for name, mode := range map[string]os.FileMode{"ca.pem": 0o644, "client.pem": 0o644, "client-key.pem": 0o600} {
		info, err := os.Stat(filepath.Join(dir, "files", "client-cert-expired", name))
		if err != nil || info.Mode().Perm() != mode && runtime.GOOS != "windows" {
			t.Errorf("%s = %v, %v, want it there with mode %v", name, info, err, mode)
		}
	}
}

func TestLabUsage(t *testing.T) {
	for _, c := range []struct{ line, says string }{
		{"lab --case client-cert-expird", "client-cert-expired"},
		{"lab --case tcp-refused", "no server"},
		{"lab nonsense", "no arguments"},
		{"lab --port 65530", "leaves no room"},
	} {
		var out, talk bytes.Buffer
		code := run(t.Context(), append([]string{"mutual"}, strings.Fields(c.line)...), stdio{in: strings.NewReader(""), out: &out, err: &talk})
		if code != exitUsage || !strings.Contains(talk.String(), c.says) {
			t.Errorf("mutual %s = %d, %q, want 2 and %q", c.line, code, talk.String(), c.says)
		}
	}
}
