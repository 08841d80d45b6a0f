package housetest

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestREADMEShowsFiles: a block below a comment with a path is that file.
func TestREADMEShowsFiles(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)<!-- (\\S+) -->\n```\\w+\n(.*?)```").FindAllSubmatch(readme, -1)
	if len(blocks) < 3 {
		t.Fatalf("%d blocks with a path found, want 3", len(blocks))
	}
	for _, b := range blocks {
		path := string(b[1])
		want, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(string(want), string(b[2])); diff != "" {
			t.Errorf("README.md shows %s differently (-file +README):\n%s", path, diff)
		}
	}
}

// TestREADMELinks: what the README links to in the repository exists.
func TestREADMELinks(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	links := regexp.MustCompile(`\]\(([^()#:\s",]+)\)`).FindAllSubmatch(readme, -1)
	if len(links) < 5 {
		t.Fatalf("%d links found, want more", len(links))
	}
	for _, l := range links {
		if _, err := os.Stat(filepath.Join(root, string(l[1]))); err != nil {
			t.Errorf("README.md links to %s, which is not there", l[1])
		}
	}
}
