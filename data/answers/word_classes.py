"""Words that answers are made of, in classes: within one class, words that share no line never mean the same.

A line holds words that one person may use where another uses the next: synonyms, neighbours on a scale. A line with a
colon holds a kind and, after the colon, its kinds: each may be called by the kind, not by another. A word may stand in
several lines and in several classes ("orange"); words of different classes are never compared. `_` joins the words of a
compound.
"""

CLASSES = {
    "color": """
        red maroon crimson scarlet burgundy ruby rust vermilion reddish magenta copper
        orange peach coral amber copper rust bronze salmon apricot gold golden
        yellow gold golden amber mustard lemon cream blonde blond lime khaki olive
        green olive teal turquoise aqua cyan lime mint emerald khaki greenish
        blue navy teal turquoise aqua cyan azure indigo violet bluish slate mint lavender
        purple violet lavender magenta lilac indigo plum fuchsia mauve maroon burgundy
        pink magenta fuchsia rose salmon peach coral pinkish mauve lavender lilac plum
        brown tan beige bronze copper rust maroon khaki chocolate brownish burgundy olive gold golden
        black charcoal ebony navy blackish
        white cream ivory beige off-white whitish silver
        gray silver charcoal grayish slate beige khaki
        tan beige cream khaki gold golden blonde blond brown peach
        silver gray chrome white
        red pink
        pink purple
        purple blue
    """,
    "shape": """
        circle round circular disk disc ball ring dot oval ellipse cylinder cylindrical cone
        sphere ball round globe circle
        oval ellipse elliptical egg round circle sphere
        triangle triangular cone pyramid
        square rectangle rectangular quadrilateral box cube rhombus diamond squarish cuboid block
        rhombus diamond parallelogram quadrilateral
        trapezoid trapezium quadrilateral
        pentagon pentagonal
        hexagon hexagonal
        octagon octagonal
        star
        heart
        crescent
        cross plus
        cylinder cylindrical tube disk disc
        cube cuboid box block
    """,
    "size": """
        large big huge giant enormous largest biggest medium
        small little tiny mini smallest medium
    """,
    "height": "tall high\nshort low",
    "width": "wide broad\nnarrow thin",
    "length": "long\nshort",
    "across": "left leftmost\nright rightmost\ncenter middle central",
    "upright": """
        top up above upper over upstairs uppermost
        bottom down below lower under beneath underneath downstairs
    """,
    "depth": "front foreground ahead\nback behind background rear",
    "north": "north northern\nsouth southern",
    "east": "east eastern\nwest western",
    "weekday": """
        monday mon
        tuesday tue tues
        wednesday wed
        thursday thu thur thurs
        friday fri
        saturday sat
        sunday sun
    """,
    "month": """
        january jan
        february feb
        march mar
        april apr
        may
        june jun
        july jul
        august aug
        september sep sept
        october oct
        november nov
        december dec
    """,
    "season": "spring springtime\nsummer summertime\nautumn fall\nwinter wintertime",
    "daypart": """
        day daytime morning noon midday afternoon sunrise dawn sunset dusk evening
        night nighttime midnight evening dusk sunset dawn sunrise
    """,
    "weather": """
        sunny clear sun fair snowy snow snowing hazy
        cloudy overcast gray rainy rain raining wet stormy snowy snow snowing foggy fog misty hazy
    """,
    "gender": """
        male man boy guy masculine gentleman father dad son
        female woman girl lady feminine mother mom daughter
    """,
    "trend": "increasing increase rising growing upward\ndecreasing decrease falling shrinking declining downward\n"
    "constant unchanged steady stable same",
    "linear": "linear\nnonlinear non-linear",
    "market": "surplus\nshortage",
    "open": "open opened\nclosed shut",
    "switched": "on\noff",
    "wet": "wet\ndry",
    "full": "full\nempty",
    "indoors": "indoors inside indoor\noutdoors outside outdoor",
    "posture": """
        standing stand walking running jumping riding
        sitting seated sit kneeling crouching squatting riding reclining lounging
        lying laying reclining lounging
    """,
    "asleep": "sleeping asleep\nawake",
    "matter": """
        wood wooden bamboo timber
        metal metallic steel iron aluminum silver gold brass chrome copper bronze tin
        glass crystal acrylic ceramic porcelain
        plastic vinyl rubber acrylic leather polyester
        brick stone concrete cement rock marble tile granite clay ceramic porcelain
        leather fabric cloth cotton wool polyester
        paper cardboard
    """,
    "sport": """
        tennis
        baseball softball
        soccer football rugby
        basketball
        skiing snowboarding sledding
        surfing wakeboarding bodyboarding windsurfing kitesurfing paddleboarding swimming
        skateboarding rollerblading skating
        golf
        hockey skating
        volleyball
        frisbee ultimate
        swimming
        cricket
        boxing wrestling
    """,
    "thing": """
        person human people crowd player rider pedestrian: man woman boy girl child kid baby toddler infant lady guy
        adult: man woman guy lady gentleman mother father mom dad
        man guy gentleman father dad
        woman lady mother mom
        man boy
        woman girl
        boy child kid son toddler baby infant teenager
        girl child kid daughter toddler baby infant teenager
        animal: dog puppy cat kitten horse cow sheep elephant bear zebra giraffe bird pet lion tiger monkey pig goat
        animal: deer kitty bunny ox bull bat cattle pony donkey mouse rat fish duck goose swan chicken parrot
        animal: pigeon seagull eagle owl
        pet: dog puppy cat kitten rabbit bird fish horse pig mouse
        dog puppy doggy hound canine
        cat kitten kitty
        cat feline: lion tiger leopard
        lion
        tiger leopard
        horse pony donkey mule zebra foal mare
        cow bull cattle ox buffalo steer
        sheep lamb goat
        pig boar hog
        elephant
        bear panda
        giraffe
        zebra
        deer moose elk antelope
        monkey ape gorilla chimpanzee
        rabbit bunny hare
        mouse rat hamster
        bird: duck goose swan chicken parrot pigeon seagull eagle owl penguin
        duck goose swan
        chicken
        parrot
        pigeon dove seagull
        eagle hawk falcon
        owl
        penguin
        fish: shark whale dolphin
        vehicle: car truck bus van suv taxi motorcycle bicycle bike train boat ship airplane plane scooter tractor
        vehicle: locomotive canoe automobile lorry pickup jeep sedan minivan motorbike trolley tram ferry jet
        car automobile suv sedan van taxi cab truck jeep minivan
        truck pickup lorry van suv trailer
        bus trolley tram van
        train locomotive tram trolley subway
        bicycle bike cycle motorcycle motorbike scooter moped
        boat ship canoe kayak sailboat yacht ferry
        airplane plane jet aircraft aeroplane helicopter
        skateboard longboard board
        surfboard board boogie_board paddleboard
        snowboard ski board sled
        chair armchair stool seat recliner bench
        bench seat pew
        couch sofa settee loveseat futon seat armchair bed
        bed mattress bunk crib
        table desk counter nightstand stand
        furniture: table desk stool armchair nightstand chair couch sofa bed desk dresser cabinet bench
        lamp light lantern
        clock watch timer
        television tv monitor screen
        computer laptop monitor notebook pc tv television keyboard mouse
        phone cellphone telephone smartphone mobile iphone
        keyboard piano
        refrigerator fridge freezer
        oven stove microwave range
        sink basin
        toilet urinal
        cup mug glass goblet tumbler
        bottle jar flask
        bowl dish basin plate saucer
        plate dish platter tray
        utensil silverware cutlery: fork knife spoon ladle
        fork
        knife blade
        spoon ladle
        food: pizza sandwich burger hamburger hot_dog cake donut apple banana orange carrot broccoli fruit vegetable
        food: salad bagel pastry dessert pie muffin cupcake cauliflower grape strawberry lemon pear
        food: chicken fish lamb duck meat
        pizza pie
        sandwich burger hamburger hot_dog
        cake cupcake dessert pie pastry muffin
        donut bagel pastry dessert
        fruit: apple banana orange grape strawberry lemon pear
        apple
        banana
        vegetable: carrot broccoli cauliflower
        broccoli cauliflower
        carrot
        grape
        strawberry
        lemon lime
        pear
        orange tangerine mandarin clementine
        book magazine notebook novel
        newspaper paper magazine
        umbrella parasol
        backpack bag knapsack rucksack handbag
        handbag purse bag tote
        suitcase luggage bag briefcase
        hat cap helmet beanie
        shirt t-shirt blouse top sweater jacket
        jacket coat sweater hoodie
        shoe boot sneaker sandal footwear
        tie necktie bowtie
        tree bush plant palm
        flower plant: rose tulip daisy
        rose
        tulip
        daisy
        plant: grass
        grass lawn field
        building: house tower skyscraper church
        house home cottage hut
        tower skyscraper
        church chapel cathedral
        fence gate railing
        ball: baseball football basketball
        baseball
        football
        basketball
        racket racquet paddle
        bat
        kite
        frisbee disc
        scissors shear
        toothbrush brush
        vase pot bottle jar glass
    """,
    "room": """
        kitchen kitchenette
        bathroom restroom toilet washroom
        bedroom
        office study
        garage
    """,
}
