package web_test

import (
	"testing"

	"github.com/dormouse-do/dormouse/emulator/internal/js/web"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

func TestInstall(t *testing.T) {
	iso, err := quickjs.Open(quickjs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer iso.Close()
	if _, err := web.Install(iso, web.Options{}); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkInstall(b *testing.B) {
	for b.Loop() {
		iso, err := quickjs.Open(quickjs.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := web.Install(iso, web.Options{}); err != nil {
			b.Fatal(err)
		}
		iso.Close()
	}
}
