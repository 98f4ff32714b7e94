package generator

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vacant"
)

// benchWords returns n distinct pronounceable words of 4 to 8 letters.
func benchWords(n int) string {
	var b strings.Builder
	for i := range n {
		h := mix(uint64(i))
		for k := range 2 + h%3 {
			fmt.Fprintf(&b, "%c%c", "bcdfghjklmnpqrstvwxyz"[h>>(8*k)%21], "aeiou"[h>>(8*k+5)%5])
		}
		fmt.Fprintf(&b, "%c\n", alphabet[11+i%26])
	}
	return b.String()
}

// benchPlurals returns about n distinct words of which many begin others and three in
// ten are others with an s behind, as in the lists that people have.
func benchPlurals(n int) string {
	var b strings.Builder
	for i := range n * 10 / 13 {
		h := mix(uint64(i))
		var w []byte
		for k := range 2 + h%3 {
			w = append(w, "bcdfghjklmnpqrstvwxyz"[h>>(8*k)%21], "aeiou"[h>>(8*k+5)%5])
		}
		if h>>60%2 == 0 {
			w = append(w, "bcdfghjklmnpqrstvwxyz"[h>>40%21])
		}
		if fmt.Fprintf(&b, "%s\n", w); i%10 < 3 {
			fmt.Fprintf(&b, "%ss\n", w)
		}
	}
	return b.String()
}

type benchSpace struct{ name, pattern string }

var benchSpaces = []benchSpace{
	{"az5", "[a-z]{5}"},
	{"CVCV", "{C}{V}{C}{V}"},
	{"get_my_word", "(get|my){word}"},
	{"word_word", "{word}{word}"},
}

// rates reports millions of names a second, and a second of CPU: the latter holds
// on a busy machine too.
type rates struct{ cpu time.Duration }

func startRates() rates { return rates{cpuTime()} }

func (r rates) report(b *testing.B, names uint64) {
	b.Helper()
	b.ReportMetric(float64(names)/b.Elapsed().Seconds()/1e6, "Mnames/s")
	if used := cpuTime() - r.cpu; used > 0 {
		b.ReportMetric(float64(names)/used.Seconds()/1e6, "Mnames/CPU-s")
	}
}

// BenchmarkInOrder makes names in order, one op a name.
func BenchmarkInOrder(b *testing.B) {
	words := writeFile(b, benchWords(10_000))
	for _, bb := range benchSpaces {
		for _, tlds := range []string{"com", "com net org dev io"} {
			b.Run(fmt.Sprintf("%s/tlds=%d", bb.name, len(strings.Fields(tlds))), func(b *testing.B) {
				g := mustNew(b, Config{Patterns: []string{bb.pattern}, Wordlist: words, TLDs: strings.Fields(tlds)})
				w := walker{space: g.space}
				batch := new(vacant.Batch)
				b.ReportAllocs()
				left := uint64(0)
				cpu := startRates()
				for b.Loop() {
					if left == 0 {
						if w.index == 0 || w.index == g.space.size {
							w.seek(0)
						}
						batch.Reset()
						w.fill(batch, g.space.size)
						left = uint64(batch.Len())
					}
					left--
				}
				cpu.report(b, uint64(b.N))
			})
		}
	}
}

// BenchmarkRandom makes names in random order, one op a name.
func BenchmarkRandom(b *testing.B) {
	words, plurals := writeFile(b, benchWords(10_000)), writeFile(b, benchPlurals(10_000))
	for _, bb := range append(slices.Clip(benchSpaces), benchSpace{"az09_12", "[a-z0-9]{12}"}, benchSpace{"plurals", "{word}{word}"}) {
		for _, tlds := range []string{"com", "com net org dev io"} {
			b.Run(fmt.Sprintf("%s/tlds=%d", bb.name, len(strings.Fields(tlds))), func(b *testing.B) {
				if bb.name == "plurals" {
					words = plurals
				}
				if bb.name == "az09_12" {
					tlds = "com"
				}
				g := mustNew(b, Config{Patterns: []string{bb.pattern}, Wordlist: words, TLDs: strings.Fields(tlds)})
				n := g.space.size
				order, s := newPermutation(n, 1), newScatter(g.space)
				var indexes [block]uint64
				batch := new(vacant.Pool).Get()
				first, left := uint64(0), 0
				b.ReportAllocs()
				cpu := startRates()
				for b.Loop() {
					if left == 0 {
						if batch.Full() {
							batch.Reset()
						}
						if first == n {
							first = 0
						}
						left = int(min(block, n-first, uint64(batch.Free())))
						order.fill(indexes[:left], first)
						s.append(batch, indexes[:left], 0)
						first += uint64(left)
					}
					left--
				}
				cpu.report(b, uint64(b.N))
			})
		}
	}
}

// BenchmarkContains asks about names of the space.
func BenchmarkContains(b *testing.B) {
	g := mustNew(b, Config{Patterns: []string{"[a-z]{5}"}, TLDs: []string{"com", "dev"}})
	name := []byte("hello.dev")
	b.ReportAllocs()
	for b.Loop() {
		if !g.Contains(name) {
			b.Fatal("it does not")
		}
	}
}

// BenchmarkCompile makes generators.
func BenchmarkCompile(b *testing.B) {
	words := writeFile(b, benchWords(10_000))
	for _, pattern := range []string{"[a-z0-9]{8}", "{word}", "{word}{word}", "{word}{word}{word}"} {
		b.Run(pattern, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				mustNew(b, Config{Patterns: []string{pattern}, Wordlist: words})
			}
		})
	}
}

// BenchmarkRun makes whole spaces through Run and its channel, New included.
func BenchmarkRun(b *testing.B) {
	words := writeFile(b, benchWords(3_000))
	for _, pattern := range []string{"[a-z]{5}", "{word}{word}"} {
		for _, random := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/random=%v", pattern, random), func(b *testing.B) {
				b.ReportAllocs()
				n := uint64(0)
				cpu := startRates()
				for b.Loop() {
					n += drain(b, Config{Patterns: []string{pattern}, Wordlist: words, Random: random, Seed: 1})
				}
				cpu.report(b, n)
			})
		}
	}
}

// BenchmarkWays makes names of spaces that are numbered by ways, one op an index.
func BenchmarkWays(b *testing.B) {
	words := writeFile(b, benchWords(10_000))
	for _, bb := range []struct {
		name string
		cfg  Config
	}{
		{"word_word", Config{Patterns: []string{"{word}{word}"}}},
		{"word_word_sounds", Config{Patterns: []string{"{word}{word}"}, Pronounceable: true}},
		{"word_word_word", Config{Patterns: []string{"{word}{word}{word}"}}},
		{"az_lengths", Config{Patterns: []string{"[a-z]{1,6}x{0,1}[a-z]{0,2}"}}},
		{"hyphen", Config{Patterns: []string{"[a-z-]{6}"}}},
	} {
		for _, random := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/random=%v", bb.name, random), func(b *testing.B) {
				bb.cfg.Wordlist = words
				g, err := newWays(bb.cfg)
				if err != nil {
					b.Fatal(err)
				}
				d := g.space.parts[0].labels
				var label []byte
				made, i := uint64(0), d.size()/3
				order := newPermutation(d.size(), 1)
				b.ReportAllocs()
				cpu := startRates()
				for b.Loop() {
					at := i
					if random {
						at = order.at(i)
					}
					ok := false
					if label, ok = d.unrank(label[:0], at); ok {
						made++
					}
					i++
				}
				cpu.report(b, made)
			})
		}
	}
}

// BenchmarkRunKnown goes over a space of 308,915,776 names of which all are known.
func BenchmarkRunKnown(b *testing.B) {
	for _, random := range []bool{false, true} {
		b.Run(fmt.Sprintf("random=%v", random), func(b *testing.B) {
			n := uint64(0)
			cpu := startRates()
			for b.Loop() {
				n += drain(b, Config{Patterns: []string{"[a-z]{6}"}, Random: random, Seed: 1, KnownChunk: func(uint64, uint64) bool { return true }})
			}
			cpu.report(b, n)
		})
	}
}

// BenchmarkList reads a list of 100,000 names.
func BenchmarkList(b *testing.B) {
	words := benchWords(100_000)
	for name, text := range map[string]string{"full": strings.ReplaceAll(words, "\n", ".com\n"), "bare": words} {
		for _, dedup := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/dedup=%v", name, dedup), func(b *testing.B) {
				n := uint64(0)
				cpu := startRates()
				for b.Loop() {
					n += drain(b, Config{Lists: []string{"-"}, Stdin: strings.NewReader(text), DedupLists: dedup})
				}
				cpu.report(b, n)
			})
		}
	}
}

func drain(tb testing.TB, cfg Config) uint64 {
	tb.Helper()
	g := mustNew(tb, cfg)
	out := make(chan *vacant.Batch, 8)
	done := make(chan error, 1)
	go func() {
		done <- g.Run(tb.Context(), out)
		close(out)
	}()
	for b := range out {
		b.Release()
	}
	if err := <-done; err != nil {
		tb.Fatal(err)
	}
	return g.Counts().Generated
}
