/// What a shell reads to complete `hale`: a few lines that ask the binary itself.
enum CompletionScript: String, CaseIterable {
    case bash, zsh, fish

    var text: String {
        switch self {
        case .bash: Self.bashText
        case .zsh: Self.zshText
        case .fish: Self.fishText
        }
    }

    private static let bashText = #"""
        # Completion of hale for bash; to be sourced, or put into /usr/share/bash-completion/completions/hale.
        _hale() {
            local line="${COMP_LINE:0:COMP_POINT}" word before="" reply
            local -a words
            COMPREPLY=()
            read -ra words <<<"$line"
            [[ $line == *[[:space:]] ]] && words+=("")
            word="${words[-1]}"
            # What is before a word break stays as it is on the line.
            [[ $COMP_WORDBREAKS == *=* ]] && before="${word%"${word##*=}"}"
            while IFS=$'\t' read -r reply _; do
                case "$reply" in
                :files | :folders)
                    compopt -o filenames 2>/dev/null
                    local kind=-f
                    [[ $reply == :folders ]] && kind=-d
                    mapfile -t COMPREPLY < <(compgen "$kind" -- "${word#"$before"}")
                    ;;
                *) COMPREPLY+=("${reply#"$before"}") ;;
                esac
            done < <("${1/#\~/$HOME}" __complete -- "${words[@]:1}" 2>/dev/null)
            [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
            return 0
        }
        complete -F _hale hale

        """#

    private static let zshText = #"""
        #compdef hale
        # Completion of hale for zsh; to be sourced, or put as _hale into a folder of $fpath.
        _hale() {
            local line word
            local -a plain open
            for line in "${(@f)$("${words[1]/#\~/$HOME}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
                case $line in
                ':files') _files; return ;;
                ':folders') _files -/; return ;;
                '') continue ;;
                esac
                word="${${line%%$'\t'*}//:/\\:}"
                [[ $line == *$'\t'?* ]] && word+=":${line#*$'\t'}"
                if [[ ${line%%$'\t'*} == *= ]]; then open+=("$word"); else plain+=("$word"); fi
            done
            (( ${#plain} )) && _describe 'hale' plain
            (( ${#open} )) && _describe 'hale' open -S ''
        }
        if [[ ${funcstack[1]} == _hale ]]; then _hale "$@"; else compdef _hale hale; fi

        """#

    private static let fishText = #"""
        # Completion of hale for fish; to be sourced, or put into ~/.config/fish/completions/hale.fish.
        function __hale_complete
            set -l words (commandline -opc) (commandline -ct)
            for line in (command $words[1] __complete -- $words[2..-1] 2>/dev/null)
                switch $line
                    case ':files'
                        __fish_complete_path (commandline -ct)
                    case ':folders'
                        __fish_complete_directories (commandline -ct)
                    case '*'
                        echo $line
                end
            end
        end
        complete -c hale -f -a '(__hale_complete)'

        """#
}
