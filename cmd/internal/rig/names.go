//go:build linux

package rig

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
)

// The names that measurements ask about are labels of a to z under com, counted
// in alphabetical order: number 0 is aaaaa.com.

// Label returns the label of the given length and number.
func Label(number, length int) string {
	b := make([]byte, length)
	for i := length - 1; i >= 0; i-- {
		b[i] = 'a' + byte(number%26)
		number /= 26
	}
	return string(b)
}

// numberOf is the inverse of Label; ok is false for what is none of that length.
func numberOf(label []byte, length int) (number int, ok bool) {
	if len(label) != length {
		return 0, false
	}
	for _, c := range label {
		if c |= 0x20; c < 'a' || c > 'z' {
			return 0, false
		}
		number = number*26 + int(c-'a')
	}
	return number, true
}

// labels returns how many labels of that length there are.
func labels(length int) int {
	n := 1
	for range length {
		n *= 26
	}
	return n
}

// WriteNames writes the first n five-letter names under com to a file, a line
// each, with suffix behind every name.
func WriteNames(path string, n int, suffix string) error {
	return writeLines(path, n, func(out *bufio.Writer, i int) {
		_, _ = out.WriteString(Label(i, 5) + ".com" + suffix + "\n") // Flush has the error
	})
}

// WriteShuffled writes the same names in no order, always the same one.
func WriteShuffled(path string, n int) error {
	order := rand.New(rand.NewPCG(1, 1)).Perm(n)
	return writeLines(path, n, func(out *bufio.Writer, i int) {
		_, _ = out.WriteString(Label(order[i], 5) + ".com\n") // Flush has the error
	})
}

// writeLines writes n lines to a file.
func writeLines(path string, n int, line func(out *bufio.Writer, i int)) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(f, 1<<18)
	for i := range n {
		line(out, i)
	}
	err = out.Flush()
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// comHead begins the zone of com that Knot serves.
const comHead = `$TTL 3600
com. SOA a.gtld-servers.net. nstld.verisign-grs. 1 1800 900 604800 900
com. NS ns1.com.
ns1.com. A 127.0.0.1
ns1.com. AAAA ::1
nic.com. NS ns1.com.
`

// WriteZone writes com's zone: the same of the first n names are delegated in it
// as taken says.
func WriteZone(path string, n int, taken func(label string) bool) error {
	return writeLines(path, n, func(out *bufio.Writer, i int) {
		if i == 0 {
			_, _ = out.WriteString(comHead)
		}
		if l := Label(i, 5); taken(l) {
			_, _ = fmt.Fprintf(out, "%s.com. NS ns%d.%s.com.\n", l, 1+i%2, strings.Repeat(l[:1], 7))
		}
	})
}
