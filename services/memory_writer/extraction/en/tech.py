"""Names of programs, languages and devices that are known, for messages without capitals."""

from services.memory_writer.extraction.en.words import word_set

PROGRAMMING = word_set(
    """python rust go golang java javascript typescript kotlin swift ruby php perl c c++ c# cpp
    haskell scala clojure elixir erlang lua r julia matlab sql html css bash zig nim dart f#
    fortran cobol ocaml lisp scheme prolog assembly solidity vba powershell delphi pascal ada
    groovy svelte react vue angular django flask fastapi rails laravel spring node nodejs
    node.js nextjs next.js docker kubernetes terraform ansible pandas numpy pytorch tensorflow
    excel latex git linux async graphql photoshop illustrator blender figma unity unreal godot"""
)
TOOLS = PROGRAMMING | word_set(
    """arch ubuntu debian fedora nixos manjaro mint gentoo opensuse centos windows macos macos ios
    android i3 sway kde gnome vim neovim nvim emacs vscode vs_code intellij pycharm webstorm
    sublime notepad++ obsidian notion evernote anki zotero slack discord teams zoom trello jira
    asana todoist firefox chrome brave safari edge opera vivaldi mac pc_tower thunderbird
    outlook gmail spotify netflix plex jellyfin postgres postgresql mysql sqlite redis mongodb
    kafka rabbitmq nats elasticsearch nginx apache jenkins github gitlab bitbucket aws azure gcp
    heroku vercel ollama llama.cpp lm_studio chatgpt claude copilot cursor iphone ipad macbook
    imac thinkpad pixel kindle kobo playstation ps4 ps5 xbox switch nintendo_switch steam_deck
    raspberry_pi arduino tmux zsh fish alacritty kitty wezterm tesla toyota honda ford bmw audi
    volkswagen vw skoda volvo saab fiat renault peugeot mazda nissan subaru hyundai kia dacia
    mini porsche jeep opel seat citroen vespa harley ducati yamaha kawasaki lightroom premiere
    davinci_resolve ableton logic_pro fl_studio garageband audacity gimp inkscape krita canva
    procreate sketchup autocad fusion_360 solidworks spss stata rstudio jupyter colab airtable
    monday clickup linear bear logseq roam joplin onenote google_docs google_sheets dropbox
    whatsapp telegram signal duolingo strava garmin fitbit apple_watch airpods home_assistant
    alexa"""
)
"""What somebody may use."""

MAKES = (
    r"(?:iphone|ipad|macbook|imac|mac\smini|thinkpad|pixel|samsung|galaxy|kindle|kobo"
    r"|playstation|ps[45]|xbox|nintendo|switch"
    r"|steam\sdeck|raspberry\spi|arduino|oculus|quest|gopro|garmin|fitbit|apple\swatch"
    r"|airpods|dell|lenovo|asus|acer|hp|huawei"
    r"|xiaomi|oneplus|nokia|sony|canon|nikon|fuji\w*|leica|tesla|toyota|honda|ford|bmw"
    r"|audi|volkswagen|vw|skoda|škoda|volvo|saab|fiat"
    r"|renault|peugeot|mazda|nissan|subaru|hyundai|kia|dacia|porsche|jeep|opel|seat"
    r"|citro[eë]n|vespa|harley|ducati|yamaha|kawasaki"
    r"|suzuki|mercedes|chevy|chevrolet|rtx|gtx|ryzen|brompton|trek|synology|fairphone"
    r"|rivian|vauxhall|prusa|ender|bambu|fender|gibson)"
)
"""Makes of what somebody owns."""

DEVICES = (
    r"(?:printer|laptop|phone|camera|bike|bicycle|motorbike|motorcycle|car|van|truck"
    r"|tablet|keyboard|console|nas|router|scooter"
    r"|e-bike|ebike|watch|smartwatch|monitor|headset|drone|oven|mixer|camper"
    r"|camper\svan|sailboat|boat|telescope|synth|synthesizer"
    r"|air\sfryer|espresso\smachine|3d\sprinter|sewing\smachine|pc|desktop|server|tv"
    r"|e-reader|graphics\scard|gpu)"
)
"""Things that are told by their kind."""
