package dnstest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Spawn starts the test binary again, with env set to "1", as a process of
// fakes: they do not share the garbage collector, the scheduler and the CPU
// time of what is measured. It returns the words of the first line that the
// process prints. The process is to end when its stdin does, as it then will,
// at the latest with the test: [AwaitEOF].
func Spawn(tb testing.TB, env string) []string {
	tb.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), env+"=1")
	p, err := launch(cmd)
	if err != nil {
		tb.Fatalf("dnstest: %v", err)
	}
	tb.Cleanup(func() { _, _ = p.Stop() })
	return strings.Fields(p.hello)
}

// AwaitEOF blocks until stdin ends. A process of fakes calls it last.
func AwaitEOF() { _, _ = io.Copy(io.Discard, os.Stdin) }

// Process is a process of fakes that this one has started.
type Process struct {
	cmd   *exec.Cmd
	stdin io.Closer
	out   *bufio.Reader
	hello string // the first line
}

// launch starts cmd and waits for its first line.
func launch(cmd *exec.Cmd) (*Process, error) {
	cmd.Stderr = os.Stderr
	dieWithUs(cmd)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd, stdin: in, out: bufio.NewReader(out)}
	if p.hello, err = p.out.ReadString('\n'); err != nil {
		_, stopErr := p.Stop()
		return nil, errors.Join(fmt.Errorf("%s: no line: %w", cmd.Path, err), stopErr)
	}
	return p, nil
}

// Stop ends the process and returns what it printed after its first line.
func (p *Process) Stop() ([]byte, error) {
	_ = p.stdin.Close()
	rest, err := io.ReadAll(p.out)
	return rest, errors.Join(err, p.cmd.Wait())
}

// PlainConfig is what a [Plain] of another process is told.
type PlainConfig struct {
	Listen netip.AddrPort // a port of 0 takes a free one
	Forge  int            // forgeries in front of each reply over UDP
}

// envPlain makes a binary that calls [BePlain] a Plain; it holds a PlainConfig as JSON.
const envPlain = "VACANT_TEST_PLAIN"

// BePlain makes this process a [Plain] until its stdin ends, where
// [StartPlain] started it for that, and reports whether it did. A binary that
// is to be started so calls it first of all, in TestMain or main.
func BePlain() bool {
	text := os.Getenv(envPlain)
	if text == "" {
		return false
	}
	var cfg PlainConfig
	err := json.Unmarshal([]byte(text), &cfg)
	if err == nil {
		err = bePlain(cfg)
	}
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "dnstest:", err)
	}
	return true
}

// bePlain prints the address, serves until stdin ends, and prints what was forged.
func bePlain(cfg PlainConfig) error {
	p, err := ListenPlain(cfg.Listen, cfg.Forge)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(os.Stdout, p.Addr)
	go func() {
		AwaitEOF()
		p.Close()
	}()
	p.Serve()
	return json.NewEncoder(os.Stdout).Encode(p.Fired())
}

// PlainProcess is a [Plain] in a process of its own.
type PlainProcess struct {
	Addr netip.AddrPort
	*Process
}

// StartPlain starts this binary again as a [Plain]; it must call [BePlain].
// The words of wrap, if any, go in front of the command: nsenter and its like.
func StartPlain(cfg PlainConfig, wrap ...string) (*PlainProcess, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(cfg)
	if err != nil {
		return nil, err
	}
	argv := append(wrap, self)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), envPlain+"="+string(text), "GOMAXPROCS=2") // the second is for what waits
	p, err := launch(cmd)
	if err != nil {
		return nil, err
	}
	addr, err := netip.ParseAddrPort(strings.TrimSpace(p.hello))
	if err != nil {
		_, stopErr := p.Stop()
		return nil, errors.Join(err, stopErr)
	}
	return &PlainProcess{Addr: addr, Process: p}, nil
}

// MustStartPlain is [StartPlain] on a free port of addr for the time of a test or benchmark.
func MustStartPlain(tb testing.TB, addr netip.Addr) netip.AddrPort {
	tb.Helper()
	p, err := StartPlain(PlainConfig{Listen: netip.AddrPortFrom(addr, 0)})
	if err != nil {
		tb.Fatalf("dnstest: %v", err)
	}
	tb.Cleanup(func() { _, _ = p.Stop() })
	return p.Addr
}

// Fired ends the process and returns how many forgeries of each kind it sent.
func (p *PlainProcess) Fired() (map[string]int, error) {
	rest, err := p.Stop()
	if err != nil {
		return nil, err
	}
	fired := make(map[string]int)
	return fired, json.Unmarshal(rest, &fired)
}
