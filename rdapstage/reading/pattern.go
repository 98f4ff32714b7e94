package reading

import (
	"regexp"
	"sync"
)

// pattern is a regular expression that is compiled when it is first used: there
// are hundreds, and most commands read no reply.
type pattern struct {
	text string
	once sync.Once
	re   *regexp.Regexp
}

func patternOf(text string) *pattern { return &pattern{text: text} }

// compiled returns it compiled. A mistake in one of them panics in the tests,
// which use all.
func (p *pattern) compiled() *regexp.Regexp {
	p.once.Do(func() { p.re = regexp.MustCompile(p.text) })
	return p.re
}

// String returns the expression.
func (p *pattern) String() string { return p.text }

// MatchString, FindString, FindStringSubmatch, FindAllString and ReplaceAllString
// are those of [regexp.Regexp].
func (p *pattern) MatchString(s string) bool { return p.compiled().MatchString(s) }

func (p *pattern) FindString(s string) string { return p.compiled().FindString(s) }

func (p *pattern) FindStringSubmatch(s string) []string { return p.compiled().FindStringSubmatch(s) }

func (p *pattern) FindAllString(s string, n int) []string { return p.compiled().FindAllString(s, n) }

func (p *pattern) ReplaceAllString(s, by string) string { return p.compiled().ReplaceAllString(s, by) }
