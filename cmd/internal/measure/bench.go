//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"vacant/cmd/internal/rig"
	"vacant/dnsstage/dnstest"
)

// defaultHunt bounds memory's hunt: some millions of names and what waits of them.
const defaultHunt = 60 * time.Second

// bench is what the measurements share.
type bench struct {
	out                           io.Writer
	vacant, massdns               string
	pairs, names, forgeries, most int
	hunt                          time.Duration
	addr                          string
	port                          uint
	verbose                       bool

	dir string // on tmpfs, so that no disk is measured
}

// open makes the folder and finds the binaries.
func (b *bench) open() (err error) {
	if b.vacant, err = filepath.Abs(b.vacant); err != nil {
		return err
	}
	if _, err := os.Stat(b.vacant); err != nil {
		return fmt.Errorf("%w (make build makes it)", err)
	}
	if b.massdns == "" {
		b.massdns, _ = rig.Program("massdns") // without it there is no comparison
	}
	sweepUp()
	b.dir, err = os.MkdirTemp(tmpfs, fmt.Sprintf(folder+"%d-*", os.Getpid()))
	return err
}

// Folders lie on tmpfs and bear the number of the process that made them.
const (
	tmpfs  = "/dev/shm"
	folder = "vacant-measure-"
)

// sweepUp removes the folders of processes that were killed: they are memory.
func sweepUp() {
	all, _ := filepath.Glob(filepath.Join(tmpfs, folder+"*"))
	for _, dir := range all {
		pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), folder), "-")
		if _, err := os.Stat("/proc/" + pid); errors.Is(err, os.ErrNotExist) {
			_ = os.RemoveAll(dir)
		}
	}
}

func (b *bench) close() { _ = os.RemoveAll(b.dir) }

// sub makes a folder of its own below the bench's.
func (b *bench) sub(name string) (string, error) {
	dir, err := os.MkdirTemp(b.dir, name+"-*")
	return dir, err
}

func (b *bench) say(format string, args ...any) { _, _ = fmt.Fprintf(b.out, format+"\n", args...) }

// note says how one run went, to who watches.
func (b *bench) note(format string, args ...any) {
	if b.verbose {
		_, _ = fmt.Fprintf(os.Stderr, format+"\n", args...)
	}
}

// introduce says where and when.
func (b *bench) introduce() {
	b.say("Measured %s on %d cores of %s, %s, Linux %s, load %s; files on tmpfs.\n", time.Now().UTC().Format("2006-01-02 15:04 MST"),
		runtime.NumCPU(), fieldOf("/proc/cpuinfo", "model name"), fieldOf("/proc/meminfo", "MemTotal"), word("/proc/sys/kernel/osrelease", 0), word("/proc/loadavg", 0))
}

// fieldOf returns the value of a line "name : value", "?" without one.
func fieldOf(file, name string) string {
	text, _ := os.ReadFile(file)
	for line := range strings.Lines(string(text)) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == name {
			return strings.TrimSpace(v)
		}
	}
	return "?"
}

// word returns the n-th word of a file, "?" without one.
func word(file string, n int) string {
	text, _ := os.ReadFile(file)
	if words := strings.Fields(string(text)); n < len(words) {
		return words[n]
	}
	return "?"
}

// respond serves as the responder until ctx ends, for measuring by hand.
func (b *bench) respond(ctx context.Context) error {
	ip, err := netip.ParseAddr(b.addr)
	if err != nil {
		return err
	}
	p, err := dnstest.ListenPlain(netip.AddrPortFrom(ip, uint16(b.port)), 0)
	if err != nil {
		return err
	}
	b.say("%s", p.Addr)
	context.AfterFunc(ctx, p.Close)
	p.Serve()
	return nil
}

// responder starts one at the address of a flag, or in a namespace.
func responder(addr string, forge int, in *rig.Namespace) (*dnstest.PlainProcess, error) {
	ip, err := netip.ParseAddr(addr)
	if err != nil {
		return nil, err
	}
	return dnstest.StartPlain(dnstest.PlainConfig{Listen: netip.AddrPortFrom(ip, 0), Forge: forge}, in.Wrap()...)
}

// ended stops p and keeps the first error.
func ended(p *dnstest.PlainProcess, err *error) {
	_, stopErr := p.Stop()
	*err = errors.Join(*err, stopErr)
}
