//go:build linux

package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// table is Markdown in the making.
type table struct {
	head []string
	rows [][]string
}

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

// print prints a heading, what was run, and the table.
func (b *bench) print(title, command string, t *table) {
	b.say("### %s\n", title)
	if command != "" {
		b.say("`%s`\n", b.typed(command))
	}
	b.say("| %s |", strings.Join(t.head, " | "))
	b.say("|%s", strings.Repeat("---|", len(t.head)))
	for _, r := range t.rows {
		b.say("| %s |", strings.Join(r, " | "))
	}
	b.say("")
}

// somePort is a port of ours, as commands name it.
var somePort = regexp.MustCompile(`(127\.0\.0\.1:|\[::1\]:|-p )[0-9]+`)

// typed is a command as a reader would type it, in a folder of his own.
func (b *bench) typed(command string) string {
	command = strings.ReplaceAll(strings.ReplaceAll(command, b.dir+"/", ""), b.vacant, "vacant")
	return somePort.ReplaceAllString(command, "${1}PORT")
}

// shell joins words as a shell would read them again; none of ours has a quote.
func shell(argv []string) string {
	words := slices.Clone(argv)
	for i, w := range words {
		if strings.ContainsAny(w, "[]{}* ") {
			words[i] = "'" + w + "'"
		}
	}
	return strings.Join(words, " ")
}

// median of numbers; they are sorted. Of an even count it is the lower of the middle two.
func median[N int64 | float64 | time.Duration](all []N) N {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[(len(all)-1)/2]
}

// count writes a number with commas.
func count(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func mebibytes(octets int64) string { return fmt.Sprintf("%.0f MiB", float64(octets)/(1<<20)) }

func percent(part, whole int) string {
	return fmt.Sprintf("%.2f %%", 100*float64(part)/float64(max(whole, 1)))
}
