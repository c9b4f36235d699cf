# fish completion for gp and every gp-*: the options come from -h, when asked.
#
# Installed as .../fish/vendor_completions.d/gp.fish, with a link for each
# command.

function __gp_command --description 'The command whose options are wanted'
    set -l words (commandline -opc)
    set -l run $words[1]
    if test (string replace -r '.*/' '' -- $run) = gp
        if test (count $words) -lt 2
            return 1
        end
        set -l beside (string replace -r '[^/]*$' '' -- $run)gp-$words[2]
        if test -x $beside
            set run $beside
        else
            set run gp-$words[2]
        end
    end
    type -q $run; and echo $run
end

function __gp_options --description 'The options of that command, from its -h'
    set -l run (__gp_command); or return
    $run -h 2>/dev/null | string replace -rf \
        '^  (?:-., |    )(--[a-z0-9-]+=?)(\S*) *(.*)' '$1\t$3'
end

function __gp_letters
    set -l run (__gp_command); or return
    $run -h 2>/dev/null | string replace -rf \
        '^  (-.), --[a-z0-9-]+=?\S* *(.*)' '$1\t$2'
end

function __gp_subcommands
    gp -h 2>/dev/null | string replace -rf '^  gp ([a-z][a-z-]*) +(\S.*)' '$1\t$2'
    printf 'help\topen a manual\n'
end

function __gp_wants_subcommand
    set -l words (commandline -opc)
    test (count $words) -eq 1; or test (count $words) -eq 2 -a "$words[2]" = help
end

complete -c gp -n __gp_wants_subcommand -f -a '(__gp_subcommands)'
complete -c gp -n 'not __gp_wants_subcommand; and string match -q -- "-*" (commandline -ct)' \
    -a '(__gp_options; __gp_letters)'
for c in (gp -h 2>/dev/null | string replace -rf '^  gp ([a-z][a-z-]*) +\S.*' 'gp-$1')
    complete -c $c -n 'string match -q -- "-*" (commandline -ct)' \
        -a '(__gp_options; __gp_letters)'
end
