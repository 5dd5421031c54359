# Completions of vmlane for fish: vmlane itself says what may stand for the word at the cursor.

function __vmlane_complete
    set -l given (commandline --tokenize --cut-at-cursor --current-process)
    set -l program $given[1]
    set -e given[1]
    set -l current (commandline --cut-at-cursor --current-token)
    set -l plain (string unescape -- "$current"; or echo -- "$current")
    set -l answer (command $program __complete $given "$plain" 2>/dev/null)
    if test "$answer[1]" = files
        set -l option (string match --regex -- '^--[^=]*=' "$current")
        for path in (__fish_complete_path (string replace --regex -- '^--[^=]*=' '' "$current"))
            echo -- "$option$path"
        end
        return
    end
    set -e answer[1]
    # A candidate a line, what it is behind a tab: as fish has it, too.
    string join -- \n $answer
end

complete --command vmlane --no-files --arguments '(__vmlane_complete)'
