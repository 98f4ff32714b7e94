package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"golang.org/x/term"

	"vacant"
	"vacant/cmd/internal/ui"
)

// app is what a command needs of the world around it: streams, environment,
// settings. Tests make their own.
type app struct {
	stdin  io.Reader
	stdout io.Writer
	talk   *ui.Talk // stderr, shared with the live bars
	env    func(key string) string
	vars   []string // the whole environment, KEY=value
	args   []string

	conf   *settings
	global globalFlags
	log    *slog.Logger
}

func systemApp() *app {
	return &app{
		stdin:  os.Stdin,
		stdout: os.Stdout,
		talk:   ui.NewTalk(os.Stderr),
		env:    os.Getenv,
		vars:   os.Environ(),
		args:   os.Args[1:],
		log:    slog.New(slog.DiscardHandler),
	}
}

// say tells the user one line on stderr, unless --silent.
func (a *app) say(format string, args ...any) {
	if !a.global.silent {
		a.warn(format, args...)
	}
}

// warn tells the user one line on stderr, --silent or not.
func (a *app) warn(format string, args ...any) {
	_, _ = fmt.Fprintf(a.talk, "vacant: %s\n", vacant.SafeText(redact(fmt.Sprintf(format, args...))))
}

// notice is say for the rooms, which hand over whole lines.
func (a *app) notice(line string) { a.say("%s", line) }

// command returns the command line as it may be shown and kept: secrets redacted.
func (a *app) command() string {
	return redact("vacant " + strings.Join(a.args, " "))
}

// isTerminal reports whether stream is an interactive terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// piped reports whether stdin is a pipe, a socket or a file, so that somebody
// meant it to be read. A terminal or /dev/null (cron) is not.
func (a *app) piped() bool {
	f, ok := a.stdin.(*os.File)
	if !ok {
		return a.stdin != nil
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice == 0
}

// live reports whether moving bars may be drawn on stderr.
func (a *app) live() bool {
	return !a.global.silent && a.env("TERM") != "dumb" && isTerminal(a.talk.Unwrap())
}

// data returns where results go: stdout, or above the live bars when both share a terminal.
func (a *app) data() io.Writer {
	if a.live() && isTerminal(a.stdout) {
		return a.talk
	}
	return a.stdout
}
