package main

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"vacant/cmd/internal/ui"
)

// newTestApp returns an app without a world around it: no environment, no home.
func newTestApp(t *testing.T, env map[string]string) (a *app, stdout, stderr *strings.Builder) {
	t.Helper()
	stdout, stderr = new(strings.Builder), new(strings.Builder)
	a = &app{
		stdin: strings.NewReader(""), stdout: stdout, talk: ui.NewTalk(stderr),
		env: func(key string) string { return env[key] }, log: slog.New(slog.DiscardHandler),
	}
	for key, value := range env {
		a.vars = append(a.vars, key+"="+value)
	}
	return a, stdout, stderr
}

func TestEveryCommandTellsItsExitStatusAndAnExample(t *testing.T) {
	a, _, _ := newTestApp(t, nil)
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		if !strings.Contains(cmd.Annotations[exitAnnotation], "2    usage") {
			t.Errorf("%s: no EXIT STATUS section with exit 2", cmd.CommandPath())
		}
		own := cmd.Name() != "help" && cmd.Parent() != nil && cmd.Parent().Name() != "completion" && cmd.Name() != "completion"
		if own && !cmd.HasSubCommands() && cmd.Name() != "version" && cmd.Example == "" {
			t.Errorf("%s: no example", cmd.CommandPath())
		}
		for _, c := range cmd.Commands() {
			walk(c)
		}
	}
	walk(newRoot(a))
}

func TestRedactTakesPasswordsOutOfURLs(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"plain", "vacant hunt -p a", "vacant hunt -p a"},
		{"user and password", "--proxy socks5://me:pw@h:1080 -p a", "--proxy socks5://***@h:1080 -p a"},
		{"in a flag's own word", "--proxy=socks5://me:pw@h:1", "--proxy=socks5://***@h:1"},
		{"two in a list", "socks5://a:b@h:1,socks5://c:d@i:2", "socks5://***@h:1,socks5://***@i:2"},
		{"an at sign in the password", "socks5://me:p@w@h:1", "socks5://***@h:1"},
		{"user alone", "http://token@h/x", "http://***@h/x"},
		{"an at sign in the path", "http://h/x@y", "http://h/x@y"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := redact(tt.text); got != tt.want {
				t.Errorf("redact(%q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

func TestNearestFindsSlipsOfTheHandOnly(t *testing.T) {
	known := []string{"pattern", "proxy", "rate-limit", "limit"}
	tests := []struct{ word, want string }{
		{"patern", "pattern"}, {"porxy", "proxy"}, {"rate_limit", "rate-limit"}, {"limt", "limit"}, {"colour", ""},
	}
	for _, tt := range tests {
		if got := nearest(tt.word, known); got != tt.want {
			t.Errorf("nearest(%q) = %q, want %q", tt.word, got, tt.want)
		}
	}
}

func TestStorePathIsOnePerWorld(t *testing.T) {
	a, _, _ := newTestApp(t, map[string]string{"XDG_STATE_HOME": t.TempDir()})
	path := func(db, world string) string {
		t.Helper()
		p, err := a.storePath(db, world)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	ours, one, two := path("", internet), path("", "lab seed=1"), path("", "lab seed=2")
	if ours == one || one == two || path("", "lab seed=1") != one {
		t.Errorf("stores %q, %q, %q: want three, the same each time", ours, one, two)
	}
	if got := path("mine.db", "lab seed=1"); got != "mine.db" {
		t.Errorf("with --db mine.db: %q", got)
	}
}

func TestLogEscapesWhatTheNetworkSays(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			var out strings.Builder
			log, err := newLog(&out, globalFlags{verbose: true, logFormat: format})
			if err != nil {
				t.Fatal(err)
			}
			log.With("said", "a\u009bb\u202e").Info("reply\x1b[2J", "text", "\u009b31m", "proxy", "socks5://me:hunter2@h:1", slog.Group("g", "t", "\u2066"))
			for _, bad := range []string{"\x1b", "\u009b", "\u202e", "\u2066", "hunter2"} {
				if strings.Contains(out.String(), bad) {
					t.Errorf("the log holds %q: %s", bad, out.String())
				}
			}
			if !strings.Contains(out.String(), "reply") {
				t.Errorf("the log lost its message: %q", out.String())
			}
		})
	}
}
