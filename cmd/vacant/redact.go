package main

import (
	"regexp"
	"strings"
)

// userinfo finds the user:password part of a URL (RFC 3986 section 3.2.1).
var userinfo = regexp.MustCompile(`(://)[^/?#\s,"']*@`)

// redact takes user names and passwords out of every URL in text.
func redact(text string) string {
	if !strings.Contains(text, "://") {
		return text
	}
	return userinfo.ReplaceAllString(text, "${1}***@")
}

// hasSecret reports whether text holds a URL with a password.
func hasSecret(text string) bool { return userinfo.MatchString(text) }
